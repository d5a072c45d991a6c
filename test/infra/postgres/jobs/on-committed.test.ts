/** Metrics, traces and admission live on what the store tells of its commits: each change once, by the process that made it. */
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import { toId } from '../../../../src/domain/ids.ts'
import type { CommittedChange, Delivery, JobStore } from '../../../../src/ports/job-store.ts'
import { creation, facts, rejected, request, run } from '../../../domain/sample-job.ts'
import { openStore } from '../../../support/store.ts'

/** What a store tells, as one line each. */
function listenTo(store: JobStore): string[] {
  const lines: string[] = []
  store.onCommitted((change) => void lines.push(`${change.job.id} ${wordsOf(change)}`))
  return lines
}

const wordsOf = (change: CommittedChange): string =>
  change.type === 'created' ? 'created' : change.events.map(({ type }) => type).join(' ')

async function setUp(t: Test) {
  const { store, replica, key } = await openStore(t)
  const other = replica()
  const newCreation = () =>
    creation({ id: toId('job', newUuid()), clientId: key.clientId, reservedMicros: 0 })
  return { store, other, told: listenTo(store), toldByOther: listenTo(other), newCreation }
}

t.test('creates are told one by one, though they share a commit; a replay is not', async (t) => {
  const { store, other, told, toldByOther, newCreation } = await setUp(t)
  const idempotency = { key: 'once', requestHash: Buffer.from('hash'), status: 202, body: '{}' }
  const creations = Array.from({ length: 20 }, newCreation)
  await Promise.all(creations.map((one) => store.create(one, null)))
  const keyed = newCreation()
  await store.create(keyed, idempotency)
  t.strictSame(told.toSorted(), [...creations, keyed].map(({ after }) => `${after.id} created`).toSorted())
  t.equal((await other.create(newCreation(), idempotency)).type, 'replayed')
  t.strictSame(toldByOther, [])
})

t.test('a change is told by the process that made it, and what changes nothing is not', async (t) => {
  const { store, other, told, toldByOther, newCreation } = await setUp(t)
  const created = newCreation()
  const { id } = created.after
  await store.create(created, null)
  const fail = () => [{ type: 'submit_refused' as const, run, error: rejected }]
  await store.record(id, () => [{ type: 'submitting', run, webhookAsked: true }], { source: 'submit' })
  await Promise.all([store, other].map((each) => each.record(id, fail, { source: 'submit' })))
  await other.record(id, () => [], { source: 'poll' })
  const plan = { keysOf: () => [], answerOf: () => '{}' }
  await other.erase(id, plan)
  await store.erase(id, plan)
  t.equal([...told, ...toldByOther].filter((line) => line === `${id} job.failed`).length, 1)
  t.equal(told.length + toldByOther.length, 4, [...told, ...toldByOther].join(', '))
  t.ok(toldByOther.includes(`${id} job.erased`))
})

t.test('a delivery that settles a job is told once, with its request, however often it comes', async (t) => {
  const { store, other, newCreation } = await setUp(t)
  const changes: CommittedChange[] = []
  for (const each of [store, other]) each.onCommitted((change) => void changes.push(change))
  const created = newCreation()
  const job = created.after
  await store.create(created, null)
  await store.record(job.id, () => [{ type: 'submitting', run, webhookAsked: true }], { source: 'submit' })
  const delivery: Delivery = {
    requestId: request.requestId,
    falUserId: 'account',
    sentAt: Date.now(),
    jobId: job.id,
    token: job.webhookToken,
    accountIsPinned: false,
    body: Buffer.from('{}'),
  }
  const decide = () => [{ type: 'submitted' as const, request }, facts.completed]
  changes.length = 0
  await Promise.all([store, other, store].map((each) => each.receive(delivery, decide)))
  t.match(changes, [
    { type: 'changed', job: { status: 'completed' }, delivery: { requestId: request.requestId } },
  ])
  t.equal(changes.length, 1)
})
