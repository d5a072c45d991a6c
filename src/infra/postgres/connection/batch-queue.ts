/**
 * Collects requests of one event-loop turn, or those that arrive while earlier batches run, into the next batch.
 * Invariants: each item is settled by its batch, the oldest waiting item is in the next one, and at most `lanes`
 * batches run at once.
 */

export interface BatchEntry<Item, Answer> {
  item: Item
  settle(answer: Answer | Promise<Answer>): void
  fail(error: unknown): void
}

/** Resolves to the answer of the batch that the item joins. */
export type Enqueue<Item, Answer> = (item: Item) => Promise<Answer>

export interface BatchQueueOptions<Item, Answer> {
  /** Settles or fails each entry; never rejects. */
  run(entries: BatchEntry<Item, Answer>[]): Promise<void>
  /** Items that must not share a batch have the same key, and keep their order. Default: any may. */
  keyOf?: (item: Item) => string
  itemsAtMost: number
  /** Maximum number of concurrent batches. */
  lanes: number
}

export function makeEnqueue<Item, Answer>({
  run,
  keyOf,
  itemsAtMost,
  lanes,
}: BatchQueueOptions<Item, Answer>): Enqueue<Item, Answer> {
  const waiting: BatchEntry<Item, Answer>[] = []
  let busyLanes = 0
  let isWoken = false

  return function enqueue(item) {
    return new Promise<Answer>((settle, fail) => {
      waiting.push({ item, settle, fail })
      wake()
    })
  }

  /** Requests that arrive in the same event-loop turn can still join. */
  function wake(): void {
    if (isWoken || busyLanes >= lanes || waiting.length === 0) return
    isWoken = true
    setImmediate(() => {
      isWoken = false
      while (busyLanes < lanes && waiting.length > 0) void runInLane(take())
    })
  }

  function take(): BatchEntry<Item, Answer>[] {
    if (keyOf === undefined) return waiting.splice(0, itemsAtMost)
    const keys = new Set<string>()
    const taken: BatchEntry<Item, Answer>[] = []
    for (let index = 0; index < waiting.length && taken.length < itemsAtMost; ) {
      const entry = waiting[index]
      if (entry === undefined) break
      const key = keyOf(entry.item)
      if (keys.has(key)) {
        index++
        continue
      }
      keys.add(key)
      taken.push(entry)
      waiting.splice(index, 1)
    }
    return taken
  }

  async function runInLane(entries: BatchEntry<Item, Answer>[]): Promise<void> {
    busyLanes++
    try {
      await run(entries)
    } finally {
      busyLanes--
      wake()
    }
  }
}
