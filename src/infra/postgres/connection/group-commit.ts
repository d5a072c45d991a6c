/**
 * Shared commits: writes that arrive while others are being committed go into the next transaction together, and each
 * is answered only when that is durable. When a shared transaction fails on one of them, each is written on its own,
 * so the fault of one never touches another, and one that waits for a lock holds up nobody else.
 */
import { type BatchEntry, createBatchQueue } from './batch-queue.ts'
import { RolledBack } from './shared-transaction.ts'

export interface GroupCommitOptions<I, O> {
  /**
   * Writes all items in one transaction, answers in their order; an answer that is still to come, or fails, is that
   * item's alone. Throws RolledBack when surely nothing was written: a group is then tried item by item. Any other
   * error is every item's answer.
   */
  write(items: I[]): Promise<(O | Promise<O>)[]>
  /** Items that must not share a transaction have the same key; the second waits for the next one. */
  keyOf(item: I): string
  itemsAtMost: number
  /** Transactions in progress at once. */
  lanes: number
}

export type GroupCommit<I, O> = (item: I) => Promise<O>

/** Of a group that failed, so many are tried at once: one that hangs leaves the others a way past it. */
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
