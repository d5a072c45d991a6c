/** Exponential backoff with jitter, in seconds. */

export interface Backoff {
  first: number
  max: number
}

/**
 * Delay before attempt number `attempt` + 1 (attempt counts from 1): doubles up to `max`, ± 25 %. `random` is 0..1.
 */
export function backoffSeconds(attempt: number, { first, max }: Backoff, random: number): number {
  const plain = Math.min(max, first * 2 ** Math.min(Math.max(attempt - 1, 0), 30))
  return plain * (0.75 + random * 0.5)
}
