/**
 * Group commit: writes that arrive while others are being committed share the next transaction, and each is answered
 * only when it is durable. When a shared transaction fails, each write is retried on its own, so that one failing or
 * lock-waiting write does not affect the others.
 */
import { type BatchEntry, createBatchQueue } from './batch-queue.ts'
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
  itemsAtMost: number
  /** Maximum number of concurrent transactions. */
  lanes: number
}

export type GroupCommit<I, O> = (item: I) => Promise<O>

/** Concurrency of the retries of a failed group, so that a hanging item does not block the others. */
const aloneAtOnce = 4

export function createGroupCommit<I, O>({ write, ...queue }: GroupCommitOptions<I, O>): GroupCommit<I, O> {
  async function run(entries: BatchEntry<I, O>[]): Promise<void> {
    try {
      const answers = await write(entries.map((entry) => entry.item))
      entries.forEach((entry, index) => {
        const answer = answers[index]
        if (answer === undefined) entry.fail(new Error('a shared write gave no answer for an item'))
        else entry.settle(answer)
      })
    } catch (error) {
      const rolledBack = error instanceof RolledBack
      if (rolledBack && entries.length > 1) {
        const rest = entries.values()
        const oneByOne = async () => {
          for (const entry of rest) await run([entry])
        }
        await Promise.all(Array.from({ length: aloneAtOnce }, oneByOne))
      } else {
        for (const entry of entries) entry.fail(rolledBack ? error.cause : error)
      }
    }
  }

  return createBatchQueue({ run, ...queue })
}
