/**
 * The usual run time of each endpoint, cached: a create reads it from memory and never waits for it. Missing or stale
 * entries are refreshed in the background.
 */
import { createMemo } from '../../concurrency/memo.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'

export interface UsualTimesDeps {
  /** Median seconds of an endpoint's last jobs; null without history. */
  lookUp: (endpointId: string) => Promise<number | null>
  clock: Clock
  log: Pick<Logger, 'warn'>
}

/** Seconds, if known. */
export type UsualSeconds = (endpointId: string) => number | null

const freshMs = 60_000
const mostEndpoints = 1_000

export function makeUsualSeconds({ lookUp, clock, log }: UsualTimesDeps): UsualSeconds {
  const times = createMemo<number | null>({ clock, atMost: mostEndpoints, freshMs })

  return function usualSeconds(endpointId) {
    void times.get(endpointId, (stale) =>
      lookUp(endpointId).catch((error: unknown) => {
        log.warn({ err: error, endpointId }, 'usual run time of an endpoint could not be read')
        return stale ?? null
      }),
    )
    return times.peek(endpointId) ?? null
  }
}
