/** A later version's migration runs beside us: statements that were prepared before it go on working after it. */
import { sql } from 'kysely'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { pendingJob, request, run } from '../../domain/sample-job.ts'
import { openStore } from '../../support/store.ts'

t.test(
  'columns that are added while connections are open change nothing for what they prepared',
  async (t) => {
    const { db, store, key } = await openStore(t, { connections: 1 })
    const accept = async () => {
      const id = `job_${newUuid()}`
      const job = pendingJob({ id, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 })
      await store.create(job, null, 'api')
      await store.record(id, () => [{ type: 'submitting', run, webhookAsked: true }], { source: 'submit' })
      const requestId = newUuid()
      const submitted = { type: 'submitted' as const, request: { ...request, requestId } }
      await store.record(id, () => [submitted], { source: 'submit', joinRequestId: requestId })
      const delivery = {
        requestId,
        falUserId: 'account',
        sentAt: Date.now(),
        jobId: id,
        token: job.webhookToken,
        body: Buffer.from(requestId),
        accountIsPinned: false,
      }
      await store.receive(delivery, () => [{ type: 'canceled' }])
      const [seen, page, events] = await Promise.all([
        store.get(id),
        store.list({ clientId: key.clientId }, { limit: 5, cursor: null }),
        store.events(id, { limit: 10, afterSeq: 0 }),
      ])
      t.equal(seen?.status, 'canceled')
      t.ok(page.data.some((listed) => listed.id === id))
      t.equal(events.at(-1)?.type, 'job.canceled')
    }
    await accept()
    await accept()
    for (const table of ['job', 'job_event', 'webhook_delivery', 'idempotency', 'setting']) {
      await sql.raw(`alter table ${table} add column later_version text`).execute(db)
    }
    await accept()
    await accept()
  },
)
