/** Which files a model's own safety check flagged, by the fields beside them: `has_nsfw_concepts: [true, false]` and kin. */
import type { FoundMedia } from './media-of-result.ts'

const flagName = /nsfw/i

/** A list of flags counts by the place of a file in its own list; a single flag concerns every file. */
export function withFlags(media: readonly FoundMedia[], result: unknown): FoundMedia[] {
  if (typeof result !== 'object' || result === null) return [...media]
  const flags = Object.entries(result).flatMap(([key, value]) => (flagName.test(key) ? [value] : []))
  return media.map((file) => (flags.some((flag) => concerns(flag, file)) ? { ...file, flagged: true } : file))
}

function concerns(flag: unknown, { path }: FoundMedia): boolean {
  if (!Array.isArray(flag)) return flag === true
  const place = /\[(\d+)\](?:\.\w+)?$/.exec(path)?.[1]
  return flag[place === undefined ? 0 : Number(place)] === true
}
