/** Reconciliation: one job that cannot be repaired is said to be as it is, and neither it nor a part that fails stops the rest. */
import t from 'tap'
import { type Finding, makeReconcile, type ReconcileDeps } from '../../../src/jobs/maintenance/reconcile.ts'
import { states } from '../../domain/sample-job.ts'

const lost = { ...states.failed, id: 'c' }
const running = ['poison', 'a', 'b'].map((id) => ({ ...states.running, id }))

function reconcileWith(
  changes: Partial<ReconcileDeps['inconsistencies']>,
  archive: Partial<Pick<ReconcileDeps, 'verifyArchive' | 'findOrphanObjects' | 'store'>> = {},
) {
  const errors: object[] = []
  const polled: string[] = []
  const settled: string[] = []
  const reconcile = makeReconcile({
    store: {
      sweepOrphans: async () => ({ scheduled: [], callbacks: 0, interrupted: [], unmatched: [] }),
      async record(id, decide) {
        if (decide(lost, []).some(({ type }) => type === 'reservation_lost')) settled.push(id)
        return null
      },
    },
    inconsistencies: {
      unwatched: async () => [],
      runningSince: async () => running,
      givenUp: async () => [],
      unclaimedDeliveries: async () => [],
      setAside: async () => undefined,
      unsettledReservations: async () => [{ job: lost, reservedMicros: 1 }],
      ...changes,
    },
    schedule: { startPolling: async () => undefined },
    recoverWork: async () => 0,
    fal: { poll: async () => ({ type: 'canceled' }) },
    pollJob: async (id) => {
      if (id === 'poison') throw new Error('integer out of range')
      polled.push(id)
      return null
    },
    settleUncertain: async () => ({ facts: [], requestId: null }),
    verifyArchive: async () => ({ jobs: 0, files: 0, bytes: 0, differences: 0 }),
    findOrphanObjects: async function* () {},
    ...archive,
    clock: { now: () => states.running.updatedAt + 3_600_000 },
    log: { warn() {}, error: (fields) => void errors.push(fields) },
  })
  return { reconcile, errors, polled, settled }
}

t.test('a job that cannot be repaired is told as it is, and named in the log', async (t) => {
  const { reconcile, errors, polled, settled } = reconcileWith({})
  const found = await reconcile({ repair: true, archive: false })
  t.strictSame(polled, ['a', 'b'])
  t.strictSame(settled, ['c'])
  t.strictSame(
    found.map(({ subject, repaired }) => [subject, repaired]),
    [
      ['poison', false],
      ['a', true],
      ['b', true],
      ['c', true],
    ],
  )
  t.match(errors, [{ subject: 'poison', err: Error }])
})

t.test('the scheduled run leaves jobs to the polls that look at them in time', async (t) => {
  const now = states.running.updatedAt + 3_600_000
  const jobs = [
    { ...states.running, id: 'soon', nextPollAt: now + 60_000 },
    { ...states.running, id: 'due', nextPollAt: now - 1_000 },
    { ...states.running, id: 'late', nextPollAt: now - 120_000 },
    { ...states.running, id: 'never', nextPollAt: null },
  ]
  const { reconcile, polled } = reconcileWith({ runningSince: async () => jobs })
  await reconcile({ repair: true, archive: false, lateOnly: true })
  t.strictSame(polled, ['late', 'never'])
  await reconcile({ repair: true, archive: false })
  t.strictSame(polled.slice(2), ['soon', 'due', 'late', 'never'], 'the command asks about each')
})

t.test('a part that fails does not hold up the others, and the whole does not count as done', async (t) => {
  const told: Finding[] = []
  const { reconcile, settled } = reconcileWith({
    runningSince: async () => {
      throw new Error('a row that cannot be read')
    },
  })
  await t.rejects(
    reconcile({ repair: true, archive: false }, (finding) => told.push(finding)),
    { name: 'Error', parts: ['silentJobs'], message: 'silentJobs could not be compared' },
  )
  t.strictSame(settled, ['c'])
  t.match(told, [{ subject: 'c', repaired: true }])
})

t.test('an object or a copy that cannot be repaired does not hold up the others', async (t) => {
  const repairs: string[] = []
  const poisonable = async (name: string) => {
    if (name === 'poison') throw new Error('the object lies in cold storage')
    repairs.push(name)
    return null
  }
  const { reconcile, errors } = reconcileWith(
    { runningSince: async () => [], unsettledReservations: async () => [] },
    {
      store: {
        sweepOrphans: async () => ({ scheduled: [], callbacks: 0, interrupted: [], unmatched: [] }),
        record: poisonable,
      },
      async verifyArchive(_filter, onDifference) {
        for (const jobId of ['poison', 'job']) onDifference({ jobId, key: 'k', problem: 'is missing' })
        return { jobs: 3, files: 9, bytes: 0, differences: 2 }
      },
      async *findOrphanObjects() {
        for (const subject of ['poison', 'object']) {
          const repair = async () => void (await poisonable(subject))
          yield { kind: 'unknown_object', subject, what: 'x', repair }
        }
        yield { kind: 'foreign_objects', subject: 'theirs', what: 'x', repair: null }
      },
    },
  )
  const found = await reconcile({ repair: true, archive: true })
  t.strictSame(repairs, ['job', 'object'])
  t.strictSame(
    found.map(({ subject, repaired }) => [subject, repaired]),
    [
      ['poison', false],
      ['job', true],
      ['poison', false],
      ['object', true],
      ['theirs', false],
    ],
  )
  t.equal(errors.length, 2)
})
