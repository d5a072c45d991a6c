/**
 * The retry schedule of callbacks, 14 attempts over three days, dense at first, then twice a day; and when an endpoint
 * that keeps failing is disabled. Schedules are in seconds, times in epoch milliseconds.
 */

const delays = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 43_200, 43_200, 43_200, 43_200]

/** Upper bound of a receiver's `Retry-After`: a day. */
const longestWish = 86_400

/**
 * Seconds until the next attempt after `attempt` attempts (from 1), with ± 10 % jitter; never sooner than the
 * receiver's `Retry-After`. null: the schedule is exhausted. `random` is 0..1.
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

/** An endpoint that has failed for this long without a success is disabled. */
const disableEndpointAfterMs = 5 * 24 * 3_600_000

/** An endpoint that has failed since its last success. */
export interface FailingEndpoint {
  failingSince: number
  /** null: it is still called. */
  disabledAt: number | null
}

/** What an attempt makes of its endpoint; null stands for one that does not fail. Once disabled, only a success enables it. */
export function judgeEndpoint(
  known: FailingEndpoint | null,
  { isDelivered, now }: { isDelivered: boolean; now: number },
): FailingEndpoint | null {
  if (isDelivered) return null
  if (known === null) return { failingSince: now, disabledAt: null }
  if (known.disabledAt !== null || now - known.failingSince < disableEndpointAfterMs) return known
  return { ...known, disabledAt: now }
}

/** The identity of an endpoint: its URL without the query, which often names the job. */
export function endpointOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
