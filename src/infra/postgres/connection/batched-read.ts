/**
 * Batched reads: requests of one event-loop turn share one query. Invariant: each gets its own answer or its own
 * error. An unreadable row fails only the read that asked for it; an error of the query fails all.
 */
import { type BatchEntry, makeEnqueue } from './batch-queue.ts'
import { UnsafeIntegerError } from './database.ts'

export interface BatchedReadOptions<Asked, Found, Answer> {
  /** In one query, in the order of what was asked. */
  read(asked: Asked[]): Promise<Found[]>
  /** Throws for unreadable rows. */
  answerOf(found: Found): Answer
  itemsAtMost: number
  /** Maximum number of concurrent queries. */
  lanes: number
}

export function makeBatchedRead<Asked, Found, Answer>({
  read,
  answerOf,
  ...queue
}: BatchedReadOptions<Asked, Found, Answer>): (asked: Asked) => Promise<Answer> {
  async function run(entries: BatchEntry<Asked, Answer>[]): Promise<void> {
    let found: Found[]
    try {
      found = await read(entries.map(({ item }) => item))
    } catch (error) {
      // The driver gives no rows at all when it cannot decode a value of one of them.
      if (error instanceof UnsafeIntegerError && entries.length > 1) {
        for (const entry of entries) await run([entry])
        return
      }
      for (const entry of entries) entry.fail(error)
      return
    }
    for (const [index, entry] of entries.entries()) {
      try {
        // The arrays are of one length; a `Found` may be null where there is nothing.
        entry.settle(answerOf(found[index] as Found))
      } catch (error) {
        entry.fail(error)
      }
    }
  }

  return makeEnqueue({ run, ...queue })
}
