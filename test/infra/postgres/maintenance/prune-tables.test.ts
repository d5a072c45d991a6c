/** What is old goes in small batches, what is young or not over stays, and a lock somebody holds stops nothing. */
import { randomBytes } from 'node:crypto'
import { CompiledQuery, type Kysely } from 'kysely'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { openDatabase } from '../../../../src/infra/postgres/connection/database.ts'
import { createJobSchedule } from '../../../../src/infra/postgres/jobs/postgres-job-schedule.ts'
import { createPruning } from '../../../../src/infra/postgres/maintenance/prune-tables.ts'
import type { Database } from '../../../../src/infra/postgres/rows/schema.ts'
import { makePruneHistory } from '../../../../src/jobs/maintenance/prune-history.ts'
import { createLogger } from '../../../../src/telemetry/logger.ts'
import { createTestDatabase } from '../../../support/database.ts'

const log = createLogger({ level: 'silent', secrets: [] })
const day = 86_400_000
const now = Date.now()

async function open(t: Pick<typeof import('tap').t, 'teardown'>) {
  const test = await createTestDatabase()
  const database = openDatabase({ url: test.url, size: 3, log })
  t.teardown(async () => {
    await database.close()
    await test.drop()
  })
  return database.db
}

const run = (db: Kysely<Database>, text: string, values: unknown[] = []) =>
  db.executeQuery<{ count: number }>(CompiledQuery.raw(text, values))

const countOf = async (db: Kysely<Database>, table: string): Promise<number> =>
  (await run(db, `select count(*)::int as count from ${table}`)).rows[0]?.count ?? 0

/** `count` jobs of that age with three events, a delivery, an idempotency record and a delivered callback each. */
async function addJobs(
  db: Kysely<Database>,
  clientId: string,
  count: number,
  ageDays: number,
  status: string,
) {
  const at = new Date(now - ageDays * day)
  for (let n = 0; n < count; n++) {
    const id = newUuid({ msecs: at.getTime() })
    const final = status === 'failed'
    await run(
      db,
      `insert into job (id, client_id, model, endpoint_id, kind, promises_media, params, input, status, submission,
         webhook_token, error, created_at, completed_at, updated_at, event_seq)
       values ($1, $2, 'm', 'e', 'image', true, '{}', '{}', $3, 'unsent', 't', $4, $5, $6, $5, 3)`,
      [id, clientId, status, final ? '{}' : null, at, final ? at : null],
    )
    await run(
      db,
      `insert into job_event (job_id, seq, id, type, source, data, created_at)
       select $1, seq, gen_random_uuid(), 'job.created', 'api', '{}', $2 from generate_series(1, 3) as seq`,
      [id, at],
    )
    await run(
      db,
      `insert into webhook_delivery (id, request_id, fal_user_id, body, body_hash, sent_at, received_at, state)
       values ($1, $2, 'u', '', $3, $4, $4, 'applied')`,
      [newUuid({ msecs: at.getTime() }), id, randomBytes(32), at],
    )
    await run(
      db,
      `insert into idempotency (client_id, key, request_hash, status, body, job_id, created_at) values ($1, $2, '', 202, '', $3, $4)`,
      [clientId, id, id, at],
    )
    await run(
      db,
      `insert into callback (id, client_id, job_id, type, url, payload, state, task_id, created_at, delivered_at)
       values ($1, $2, $3, 'job.failed', 'u', '', 'delivered', $1, $4, $4)`,
      [newUuid({ msecs: at.getTime() }), clientId, id, at],
    )
  }
}

/** With a clock of its own, which is ahead. */
const scheduleOn = (db: Kysely<Database>) =>
  createJobSchedule({
    db,
    clock: { now: () => Date.UTC(2027, 0, 1) },
    poll: { maxMs: 120_000 },
    random: Math.random,
    scheduler: {
      schedule: async () => undefined,
      close: async () => undefined,
      withoutTask: async () => [],
      wake: () => undefined,
    },
  })

t.test('old history goes, young history and live jobs stay, and jobs themselves always', async (t) => {
  const db = await open(t)
  const clientId = newUuid()
  await run(db, `insert into client (id, name) values ($1, 'c')`, [clientId])
  await addJobs(db, clientId, 20, 40, 'failed')
  await addJobs(db, clientId, 5, 40, 'pending')
  await addJobs(db, clientId, 7, 1, 'failed')
  const pruning = createPruning(db)
  const schedule = scheduleOn(db)
  const keepDays = { events: 30, webhooks: 30, idempotency: 30, callbacks: 0 }
  const pruneHistory = makePruneHistory({ pruning, schedule, keepDays, clock: { now: () => now }, log })
  t.strictSame(await pruneHistory(), { events: 20, webhooks: 25, idempotency: 25, callbacks: 0 })
  t.equal(await countOf(db, 'job'), 32)
  await t.rejects(
    run(db, 'delete from job'),
    /never deleted/,
    'not even by hand, which would leave their history behind',
  )
  t.equal(await countOf(db, 'job_event'), 3 * 12)
  t.equal(
    await countOf(db, 'job where events_pruned_at = to_timestamp(1798761600)'),
    20,
    'by the clock given',
  )
  t.equal(await countOf(db, 'webhook_delivery'), 7)
  t.equal(await countOf(db, 'idempotency'), 7, 'answers are replayed for as long as they are kept')
  t.equal(await countOf(db, 'callback'), 32, '0 keeps for good')
  t.equal(await pruning.prune('callbacks', now - 30 * day, 10), 10, 'no more than asked for')
  t.strictSame(await pruneHistory(), { events: 0, webhooks: 0, idempotency: 0, callbacks: 0 })
})

t.test('a row that somebody holds is left for the next time', async (t) => {
  const db = await open(t)
  const clientId = newUuid()
  await run(db, `insert into client (id, name) values ($1, 'c')`, [clientId])
  await addJobs(db, clientId, 3, 40, 'failed')
  await db.transaction().execute(async (trx) => {
    await trx.selectFrom('job').select('id').orderBy('id').limit(1).forUpdate().execute()
    t.equal(await scheduleOn(db).pruneEvents(now - 30 * day, 100), 2, 'and nobody waits for it')
  })
  t.equal(await scheduleOn(db).pruneEvents(now - 30 * day, 100), 1)
})
