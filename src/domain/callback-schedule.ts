/** When a callback that failed is tried again: 14 tries over three days, dense at first, then twice a day. Seconds. */

const delays = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 43_200, 43_200, 43_200, 43_200]

/** A receiver may ask for more patience than the schedule has, up to a day. */
const longestWish = 86_400

/**
 * Seconds until the next try after `attempt` tries (from 1), ± 10 % so that what failed together does not return
 * together; never sooner than the receiver's `Retry-After`. null: the schedule is over. `random` is 0..1.
 */
export function callbackRetrySeconds(
  attempt: number,
  retryAfterSeconds: number | null,
  random: number,
): number | null {
  const plain = delays[attempt - 1]
  if (plain === undefined) return null
  const wish = Math.min(retryAfterSeconds ?? 0, longestWish)
  return Math.max(plain * (0.9 + random * 0.2), wish)
}

/** An endpoint that failed for this long without one success is no longer called. */
export const disableEndpointAfterMs = 5 * 24 * 3_600_000

/** What an endpoint is: its address without the query, which often names the job. */
export function endpointOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
