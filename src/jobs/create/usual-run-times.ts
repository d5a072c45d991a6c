/**
 * The usual time of each endpoint, remembered for a while: a create reads it from memory and never waits for it. What
 * is not known yet, or has grown old, is looked up in the background for the creates to come.
 */
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
  const known = new Map<string, { seconds: number | null; at: number }>()

  return function usualSeconds(endpointId) {
    const now = clock.now()
    const entry = known.get(endpointId)
    if (entry !== undefined && now - entry.at < freshMs) return entry.seconds
    // Any endpoint id may be asked for: the oldest make room.
    const oldest = known.keys().next().value
    if (entry === undefined && known.size >= mostEndpoints && oldest !== undefined) known.delete(oldest)
    known.set(endpointId, { seconds: entry?.seconds ?? null, at: now })
    lookUp(endpointId).then(
      (seconds) => known.set(endpointId, { seconds, at: now }),
      (error: unknown) => log.warn({ err: error, endpointId }, 'the usual time of an endpoint is not known'),
    )
    return entry?.seconds ?? null
  }
}
