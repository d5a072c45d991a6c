/** Retries a save until it succeeds: FAL's answer is worth money and must survive a database outage. */

import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from '../../domain/error-code.ts'
import type { Logger } from '../../ports/logger.ts'
import { ClaimLostError, type Task } from '../../ports/tasks.ts'

/** Maximum time of retries. */
const giveUpMs = 10 * 60_000
/** Attempts after the process was asked to stop, which leaves it seconds. */
const triesWhileStopping = 5

/** Repeats `save` until it succeeds or fails permanently. Rejects with the last error. */
export async function retryUntilSaved<T>(
  save: () => Promise<T>,
  { task, log }: { task: Task; log: Pick<Logger, 'warn'> },
): Promise<T> {
  const begun = performance.now()
  let stoppingTries = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await save()
    } catch (error) {
      if (task.signal.aborted) stoppingTries += 1
      const late = performance.now() - begun > giveUpMs || stoppingTries >= triesWhileStopping
      if (late || !mayPass(error)) throw error
      log.warn({ err: error, subject: task.subject, attempt }, 'save failed; will retry')
      await sleep(Math.min(100 * attempt, 1_000))
    }
  }
}

/**
 * A lost claim, a violated constraint and a programming error are permanent; everything else is treated as transient.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof ClaimLostError || error instanceof TypeError || error instanceof RangeError)
    return false
  return !/^(22|23|42)/.test(errorCode(error) ?? '')
}
