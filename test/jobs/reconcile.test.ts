/** Reconciliation: one job that cannot be repaired is said to be as it is, and neither it nor a part that fails stops the rest. */
import t from 'tap'
import { createReconcile, type Finding, type ReconcileDeps } from '../../src/jobs/reconcile.ts'
import { states } from '../domain/sample-job.ts'

const running = ['poison', 'a', 'b'].map((id) => ({ ...states.running, id }))

function reconcileWith(changes: Partial<ReconcileDeps['inconsistencies']>) {
  const errors: object[] = []
  const polled: string[] = []
  const settled: string[] = []
  const reconcile = createReconcile({
    store: {
      sweepOrphans: async () => ({ scheduled: [], callbacks: 0, interrupted: [], parked: [] }),
      record: async () => null,
    },
    inconsistencies: {
      unwatched: async () => [],
      watch: async () => undefined,
      runningSince: async () => running,
      givenUp: async () => [],
      unclaimedDeliveries: async () => [],
      setAside: async () => undefined,
      unsettledReservations: async () => [{ ...states.failed, id: 'c' }],
      settleReservation: async ({ id }) => void settled.push(id),
      ...changes,
    },
    recoverWork: async () => 0,
    fal: { look: async () => ({ type: 'canceled' }) },
    pollJob: async (id) => {
      if (id === 'poison') throw new Error('integer out of range')
      polled.push(id)
      return null
    },
    settleUncertain: async () => ({ facts: [], requestId: null }),
    verifyArchive: async () => ({ jobs: 0, files: 0, bytes: 0, differences: 0 }),
    strayObjects: async function* () {},
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
  t.match(errors, [{ jobId: 'poison', err: Error }])
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
    AggregateError,
  )
  t.strictSame(settled, ['c'])
  t.match(told, [{ subject: 'c', repaired: true }])
})
