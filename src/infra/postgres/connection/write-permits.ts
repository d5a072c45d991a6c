/**
 * Keeps connections free for reads: of the transactions, which may wait for locks, only so many run at once. Invariant: a
 * read never waits for a writer, also while a table is locked against writes.
 */
import type { Kysely } from 'kysely'
import type { Database } from '../rows/schema.ts'

export interface WritePermits {
  /** @throws an error as of an exhausted pool after five seconds. */
  run<T>(work: () => Promise<T>): Promise<T>
  waiting(): number
}

const patienceMs = 5_000

/** A quarter of the pool is for reads alone; a pool of less than four connections has none to spare. */
export function createWritePermits(poolSize: number): WritePermits {
  let free = poolSize < 4 ? poolSize : poolSize - Math.floor(poolSize / 4)
  const queue = new Set<() => void>()

  async function take(): Promise<void> {
    if (free > 0) {
      free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      const handOver = () => {
        clearTimeout(timer)
        queue.delete(handOver)
        resolve()
      }
      const timer = setTimeout(() => {
        queue.delete(handOver)
        reject(new Error('timeout exceeded when waiting for a connection to write'))
      }, patienceMs)
      queue.add(handOver)
    })
  }

  return {
    waiting: () => queue.size,
    async run(work) {
      await take()
      try {
        return await work()
      } finally {
        const [next] = queue
        if (next === undefined) free++
        else next()
      }
    },
  }
}

const permitsOf = new WeakMap<Kysely<Database>, WritePermits>()

export function limitWriters(db: Kysely<Database>, permits: WritePermits): void {
  permitsOf.set(db, permits)
}

/** Runs a transaction of `db`, within its permits where it has any. */
export function withWritePermit<T>(db: Kysely<Database>, work: () => Promise<T>): Promise<T> {
  return permitsOf.get(db)?.run(work) ?? work()
}
