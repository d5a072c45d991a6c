/** Reads that share a query: each is answered for itself, and no one's fault is another's. */
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { makeBatchedRead } from '../../../../src/infra/postgres/connection/batched-read.ts'
import { UnsafeIntegerError } from '../../../../src/infra/postgres/connection/database.ts'

/** Doubles numbers. Odd ones cannot be understood; negative ones cannot be decoded by the driver. */
function doubling(lanes = 1) {
  const queries: number[][] = []
  let reading = 0
  let mostReading = 0
  const read = makeBatchedRead({
    async read(asked: number[]) {
      queries.push(asked)
      mostReading = Math.max(mostReading, ++reading)
      await turn()
      reading--
      if (asked.some((number) => number < 0)) throw new UnsafeIntegerError('-')
      if (asked.includes(Number.POSITIVE_INFINITY)) throw new Error('the database is gone')
      return asked
    },
    answerOf(number) {
      if (number % 2 === 1) throw new TypeError(`${number} is odd`)
      return number * 2
    },
    itemsAtMost: 4,
    lanes,
  })
  return { read, queries, mostReading: () => mostReading }
}

const answersOf = (settled: PromiseSettledResult<number>[]) =>
  settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message))

t.test('what is asked for in one turn is one query, in batches of the size and number allowed', async (t) => {
  const { read, queries, mostReading } = doubling(2)
  const numbers = [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
  t.strictSame(
    await Promise.all(numbers.map(read)),
    numbers.map((number) => number * 2),
  )
  t.strictSame(queries, [
    [2, 4, 6, 8],
    [10, 12, 14, 16],
    [18, 20],
  ])
  t.equal(mostReading(), 2)
})

t.test('a row that makes no sense fails its own read, in the one query', async (t) => {
  const { read, queries } = doubling()
  t.strictSame(answersOf(await Promise.allSettled([2, 3, 4].map(read))), [4, '3 is odd', 8])
  t.equal(queries.length, 1)
})

t.test(
  'a value that the driver cannot decode fails its own read, and the others are read alone',
  async (t) => {
    const { read, queries } = doubling()
    t.strictSame(answersOf(await Promise.allSettled([2, -1, 4].map(read))), [4, 'integer out of range: -', 8])
    t.strictSame(queries, [[2, -1, 4], [2], [-1], [4]])
  },
)

t.test('what the database says of the query, it says to all', async (t) => {
  const { read, queries } = doubling()
  const lost = 'the database is gone'
  const asked = [2, Number.POSITIVE_INFINITY, 4]
  t.strictSame(answersOf(await Promise.allSettled(asked.map(read))), [lost, lost, lost])
  t.equal(queries.length, 1)
  t.equal(await read(6), 12, 'and the next is read again')
})
