/**
 * Group commit: writes that arrive while others are being committed share the next transaction, and each is answered
 * only when it is durable. When a shared transaction fails, each write is retried on its own, so that one failing write
 * does not affect the others. Invariant: no write waits for a lock in a lane for longer than the brief lock timeout.
 */
import { databaseTrouble } from '../../../ports/database-trouble.ts'
import { type BatchEntry, makeEnqueue } from './batch-queue.ts'
import { isLockTimeout } from './lock-waits.ts'
import { RolledBack } from './shared-transaction.ts'

export interface GroupCommitOptions<I, O> {
  /**
   * Writes all items in one transaction and answers in their order; an answer may be a promise, whose failure is that
   * item's alone. Throws RolledBack when certainly nothing was written: the group is then retried item by item. Any
   * other error is the answer to every item.
   */
  write(items: I[]): Promise<(O | Promise<O>)[]>
  /** Items with the same key never share a transaction; the second waits for the next one. */
  keyOf(item: I): string
  /**
   * Writes an item outside the lanes: one whose write alone timed out on a lock, and of a group that did each for which
   * `mayWait` holds.
   */
  writeLater?(item: I): Promise<O>
  /** Whether the item needs rows that are worth waiting for: it may be why its group timed out. */
  mayWait?(item: I): boolean
  itemsAtMost: number
  /** Maximum number of concurrent transactions. */
  lanes: number
}

export type GroupCommit<I, O> = (item: I) => Promise<O>

/** Concurrency of the retries of a failed group, so that a hanging item does not block the others. */
const aloneAtOnce = 4

export function makeGroupCommit<I, O>({
  write,
  writeLater,
  mayWait,
  ...queue
}: GroupCommitOptions<I, O>): GroupCommit<I, O> {
  async function run(entries: BatchEntry<I, O>[]): Promise<void> {
    try {
      const answers = await write(entries.map((entry) => entry.item))
      entries.forEach((entry, index) => {
        const answer = answers[index]
        if (answer === undefined) entry.fail(new Error('a shared write gave no answer for an item'))
        else entry.settle(answer)
      })
    } catch (error) {
      const cause = error instanceof RolledBack ? error.cause : error
      if (!(error instanceof RolledBack) || isAway(cause)) {
        for (const entry of entries) entry.fail(cause)
      } else await retry(entries, cause)
    }
  }

  async function retry(entries: BatchEntry<I, O>[], cause: unknown): Promise<void> {
    const isAlone = entries.length === 1
    const waits = ({ item }: BatchEntry<I, O>): boolean => isAlone || mayWait?.(item) === true
    const later = writeLater !== undefined && isLockTimeout(cause) ? entries.filter(waits) : []
    for (const entry of later) entry.settle(writeLater?.(entry.item) ?? Promise.reject(cause))
    const rest = entries.filter((entry) => !later.includes(entry))
    if (later.length > 0 && rest.length > 0) return run(rest)
    if (isAlone) {
      for (const entry of rest) entry.fail(cause)
      return
    }
    const one = rest.values()
    const oneByOne = async () => {
      for (const entry of one) await run([entry])
    }
    await Promise.all(Array.from({ length: aloneAtOnce }, oneByOne))
  }

  return makeEnqueue({ run, ...queue })
}

/** Trouble of the whole database, not of one item: retrying each would only multiply it. */
function isAway(cause: unknown): boolean {
  const trouble = databaseTrouble(cause)
  return trouble !== null && trouble !== 'contended'
}
