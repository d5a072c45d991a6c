/** The port of chance: what spreads retries and polls that would otherwise happen at one moment. Ids and secrets draw their own. */

/** From 0 up to 1. */
export type Random = () => number
