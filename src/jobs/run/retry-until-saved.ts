/** An answer of FAL is worth money: what saves it is tried again while the database is away, and for as long as it takes. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../ports/logger.ts'
import { ClaimLostError, type Task } from '../../ports/tasks.ts'

/** A database that is away for longer than this has lost its operator too. */
const giveUpMs = 10 * 60_000
/** A process told to stop has seconds left. */
const triesWhileStopping = 5

/** Repeats `save` until it succeeds or fails for a reason that waiting does not cure. Rejects with the last error. */
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
      log.warn({ err: error, subject: task.subject, attempt }, 'could not save: trying again')
      await sleep(Math.min(100 * attempt, 1_000))
    }
  }
}

/** A lost claim, a violated constraint or a mistake of ours stays what it is; all else may be the database's weather. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof ClaimLostError || error instanceof TypeError || error instanceof RangeError)
    return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return !/^(22|23|42)/.test(code)
}
