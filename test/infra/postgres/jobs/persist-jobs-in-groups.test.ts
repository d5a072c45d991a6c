/** Creates that share a commit: each is answered for itself. */
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { toId } from '../../../../src/domain/ids.ts'
import { creation } from '../../../domain/sample-job.ts'
import { openStore } from '../../../support/store.ts'

t.test('a create whose key was used before holds nobody up that it shared a commit with', async (t) => {
  let scheduled = () => {}
  const { store, key, db } = await openStore(t, { connections: 1, onSchedule: () => scheduled() })
  const newJob = () => creation({ id: toId('job', newUuid()), clientId: key.clientId, reservedMicros: 0 })
  const idempotency = { key: 'used', requestHash: Buffer.from('hash'), status: 202, body: '{}' }
  const earlier = newJob()
  await store.create(earlier, idempotency)

  const answered = Promise.withResolvers<void>()
  let holding: Promise<void> = Promise.resolve()
  let shared = 0
  // Whoever asks for the only connection after the shared commit waits until the other create is answered. The first
  // try of it takes both for fresh and is rolled back.
  scheduled = () => {
    shared++
    if (shared === 2) holding = db.connection().execute(() => answered.promise)
  }
  const fresh = newJob()
  const [first, second] = await Promise.all([
    store.create(fresh, null).finally(() => answered.resolve()),
    store.create(newJob(), idempotency),
  ])
  await holding
  t.ok(shared >= 2)
  t.match(first, { type: 'created', job: { id: fresh.after.id } })
  t.match(second, { type: 'replayed', jobId: earlier.after.id })
})
