/** A later version's migration runs beside us: statements that were prepared before it go on working after it. */
import { CompiledQuery, sql } from 'kysely'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { creation, request, run } from '../../domain/sample-job.ts'
import { openStore } from '../../support/store.ts'

t.test(
  'columns that are added while connections are open change nothing for what they prepared',
  async (t) => {
    const { db, store, key } = await openStore(t, { connections: 1 })
    const accept = async () => {
      const id = `job_${newUuid()}`
      const created = creation({ id, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 })
      await store.create(created, null)
      await store.record(id, () => [{ type: 'submitting', run, webhookAsked: true }], { source: 'submit' })
      const requestId = newUuid()
      const submitted = { type: 'submitted' as const, request: { ...request, requestId } }
      await store.record(id, () => [submitted], { source: 'submit', joinRequestId: requestId })
      const delivery = {
        requestId,
        falUserId: 'account',
        sentAt: Date.now(),
        jobId: id,
        token: created.after.webhookToken,
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

t.test(
  'a star in what an insert selects does not keep it from being prepared, one in an answer does',
  async (t) => {
    const { db } = await openStore(t, { connections: 1 })
    const ask = (text: string) => db.executeQuery(CompiledQuery.raw(text, ['[{"number":1}]']))
    const statements = {
      kept: `insert into kept (number) select number + extra from (
      select *, 1 as extra from json_to_recordset($1::json) as given (number integer)) as all_given`,
      returned: `insert into kept select * from json_to_recordset($1::json) as given (number integer) returning *`,
      read: `select * from kept where $1::text is not null`,
    }
    await sql`create table kept (number integer)`.execute(db)
    for (const text of Object.values(statements)) await ask(text)
    const { rows } = await sql<{ statement: string }>`
    select statement from pg_prepared_statements where statement like '%kept%'`.execute(db)
    t.strictSame(
      rows.map(({ statement }) => statement),
      [statements.kept],
    )
    await sql`alter table kept add column later_version text`.execute(db)
    for (const text of Object.values(statements)) await ask(text)
    const counted = await sql`select count(*)::int as count from kept`.execute(db)
    t.strictSame(counted.rows, [{ count: 4 }])
  },
)
