/**
 * The usual time of each endpoint, remembered for a while: a create reads it from memory and never waits for it. What
 * is not known yet, or has grown old, is looked up in the background for the creates to come.
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

/** Seconds as far as known now. */
export type UsualSeconds = (endpointId: string) => number | null

const freshMs = 60_000
const mostEndpoints = 1_000

export function makeUsualSeconds({ lookUp, clock, log }: UsualTimesDeps): UsualSeconds {
  const times = createMemo<number | null>({ clock, atMost: mostEndpoints, freshMs })

  return function usualSeconds(endpointId) {
    void times.get(endpointId, (stale) =>
      lookUp(endpointId).catch((error: unknown) => {
        log.warn({ err: error, endpointId }, 'the usual time of an endpoint is not known')
        return stale ?? null
      }),
    )
    return times.peek(endpointId) ?? null
  }
}
