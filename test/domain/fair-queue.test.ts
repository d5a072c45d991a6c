/** Places at FAL are shared: nobody starves, weights count, and whoever was idle is not behind a long line. */
import fc from 'fast-check'
import t from 'tap'
import {
  admissionsOf,
  freeSlots,
  limitsSlots,
  placeInQueue,
  shareSlots,
} from '../../src/domain/fair-queue.ts'

const line = (clientId: string, count: number, weight = 1, pass: number | null = null) => ({
  clientId,
  weight,
  pass,
  cap: Number.POSITIVE_INFINITY,
  jobs: Array.from({ length: count }, (_, n) => `${clientId}${n}`),
})

t.test('a small client is not behind the 2,000 of a big one', async (t) => {
  const { jobs } = shareSlots([line('big', 2000, 1, 500), line('small', 10)], {
    free: 14,
    clock: 500,
    credit: 4,
  })
  t.strictSame(
    jobs.slice(0, 4),
    ['small0', 'small1', 'small2', 'small3'],
    'as many as there are places, at once',
  )
  t.equal(jobs.filter((job) => job.startsWith('small')).length, 9, 'then in turn')
})

t.test('weights are shares, and a cap is kept', async (t) => {
  const { jobs } = shareSlots([line('a', 100, 3), line('b', 100, 1)], { free: 40, clock: 0, credit: 0 })
  t.equal(jobs.filter((job) => job.startsWith('a')).length, 30)
  const capped = shareSlots([{ ...line('a', 100), cap: 2 }, line('b', 100)], {
    free: 10,
    clock: 0,
    credit: 0,
  })
  t.equal(capped.jobs.filter((job) => job.startsWith('a')).length, 2)
  t.equal(capped.jobs.length, 10, 'what one may not have goes to the other')
})

t.test(
  'for any lines: every free place is used, and nobody of equal weight gets two more than another',
  async () => {
    const clients = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(clients, fc.integer({ min: 1, max: 60 }), (counts, free) => {
        const lines = counts.map((count, n) => line(`c${n}-`, count))
        const { jobs } = shareSlots(lines, { free, clock: 0, credit: 0 })
        const total = counts.reduce((sum, count) => sum + count, 0)
        const got = lines.map((l) => jobs.filter((job) => l.jobs.includes(job)).length)
        const unserved = got.filter((count, n) => count < (counts[n] ?? 0))
        const fair = unserved.every((count) => count >= Math.max(...got) - 1)
        return jobs.length === Math.min(free, total) && new Set(jobs).size === jobs.length && fair
      }),
    )
  },
)

t.test('the place that is told is the order that is kept', async () => {
  const clients = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 12 }), weight: fc.constantFrom(1, 2, 4) }),
    { minLength: 1, maxLength: 5 },
  )
  fc.assert(
    fc.property(clients, fc.integer({ min: 0, max: 8 }), (given, clock) => {
      const lines = given.map(({ count, weight }, n) => line(`c${n}-`, count, weight, n))
      const { jobs } = shareSlots(lines, { free: 1000, clock, credit: 2 })
      return lines.every((own) =>
        own.jobs.every((job, index) => {
          const others = lines.filter((l) => l !== own).map((l) => ({ ...l, waiting: l.jobs.length }))
          // Ties between clients are settled by their order, which a place need not know.
          return (
            Math.abs(placeInQueue(own, index, others, { clock, credit: 2 }) - jobs.indexOf(job)) <
            lines.length
          )
        }),
      )
    }),
  )
})

t.test('what is free is what the limit leaves, in batches where there is none', async (t) => {
  const taken = new Map([
    ['a', 3],
    ['b', 2],
  ])
  t.equal(freeSlots({ inAll: 8, perClient: 0 }, taken), 3)
  t.equal(freeSlots({ inAll: 4, perClient: 0 }, taken), 0, 'a limit that was lowered')
  t.equal(freeSlots({ inAll: 5_000, perClient: 0 }, taken), 500)
  t.equal(freeSlots({ inAll: 0, perClient: 2 }, taken), 500)
  t.ok(limitsSlots({ inAll: 0, perClient: 2 }))
  t.notOk(limitsSlots({ inAll: 0, perClient: 0 }))
})

t.test("a client's own limit goes before that of all clients, and what it has counts", async (t) => {
  const client = (clientId: string, maxInFlight: number | null) => ({ ...line(clientId, 9), maxInFlight })
  const { jobs } = admissionsOf([client('own', 4), client('usual', null), client('full', 1)], {
    limits: { inAll: 100, perClient: 3 },
    taken: new Map([
      ['own', 1],
      ['usual', 1],
      ['full', 2],
    ]),
    clock: 0,
  })
  t.strictSame(jobs.toSorted(), ['own0', 'own1', 'own2', 'usual0', 'usual1'])
})
