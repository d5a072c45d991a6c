/** Usage by the hour: read from the jobs or from sums it is the same, page by page, and no late change is missed. */
import { sql } from 'kysely'
import t from 'tap'
import { createUsageStore } from '../../../../src/infra/postgres/clients/usage-store.ts'
import type { UsageGroup, UsageQuery, UsageRow } from '../../../../src/ports/usage.ts'
import { openStore } from '../../../support/store.ts'

const hourMs = 3_600_000
const now = Date.UTC(2026, 9, 20, 12, 30)
const from = now - (now % hourMs) - 50 * hourMs
const to = now - (now % hourMs) + hourMs

t.test('sums of hours are the jobs, for any groups and page size', async (t) => {
  const { db, store, key } = await openStore(t)
  const clients = [key.clientId.slice(4), '01942000-0000-7000-8000-00000000000a']
  // 400 jobs over 50 hours; the last of them in the current hour.
  await sql`
    insert into job (id, client_id, user_id, model, endpoint_id, kind, promises_media, metadata, params, input, webhook_token,
      status, submission, request_id, completed_at, error, result, media, estimated_micros, actual_micros, cost_source,
      charged_micros, settled_at, created_at, updated_at)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n), 3, '0') || '8000000000000000')::uuid,
      (${clients}::uuid[])[1 + n % 2], case when n % 3 = 0 then null else 'user ' || n % 5 end, 'model-' || n % 4, 'a/b',
      'image', true, jsonb_build_object('order', (n % 7)::text), '{}', '{}', 'token',
      case when n % 6 = 0 then 'failed' else 'completed' end, 'accepted', 'req-' || n, at,
      '{"code":"FAL_REJECTED"}', '{}',
      case when n % 6 = 0 then '[]' else '[{"archive":{"bytes":' || n || '}},{"archive":null}]' end::json,
      n * 10, n * 9, case when n % 4 = 0 then null else 'units' end, n * 8, at, at, at
    from (select n, ${new Date(from)}::timestamptz + n * interval '450 seconds' as at from generate_series(0, 399) n) as made`.execute(
    db,
  )
  const usage = createUsageStore(db)
  const query = (groupBy: UsageGroup[], clientId: string | null = null): UsageQuery => ({
    clientId,
    from,
    to,
    groupBy,
  })
  const all = async (wanted: UsageQuery, limit = 10_000): Promise<UsageRow[]> => {
    const rows: UsageRow[] = []
    let cursor: string | null = null
    do {
      const page = await usage.read(wanted, { limit, cursor })
      rows.push(...page.data)
      cursor = page.nextCursor
    } while (cursor !== null)
    return rows
  }
  const questions: UsageQuery[] = [
    query(['day']),
    query(['hour', 'model']),
    query(['userId']),
    query(['day', 'userId'], key.clientId),
    query(['client', 'status']),
    query(['kind']),
    query(['metadata.order']),
    query(['userId', 'metadata.order'], key.clientId),
  ]
  const fromJobs = await Promise.all(questions.map((question) => all(question)))
  const [days = []] = fromJobs
  t.equal(
    days.reduce((sum, row) => sum + row.jobs, 0),
    400,
  )
  t.equal(days.length, 3)
  const total = fromJobs.map((rows) => rows.reduce((sum, row) => sum + row.actualMicros, 0))
  t.equal(total[0], total[4], 'the groups divide the same whole')
  t.ok(fromJobs[2]?.some(({ groups }) => groups[0] === null))

  const closedHours = 49
  t.equal(await usage.sumHours(now, 20), 20)
  for (const [n, question] of questions.entries())
    t.strictSame(await all(question), fromJobs[n], `${question.groupBy}: partly summed`)
  t.equal(await usage.sumHours(now, 100), closedHours + 1 - 20, 'all but the current hour')
  t.equal(await usage.sumHours(now, 100), 0)
  for (const [n, question] of questions.entries()) {
    t.strictSame(await all(question), fromJobs[n], `${question.groupBy}: summed`)
    t.strictSame(await all(question, 3), fromJobs[n], `${question.groupBy}: in pages of three`)
  }
  await t.rejects(usage.read(query(['day']), { limit: 1, cursor: 'x' }), { code: 'INVALID_PARAMS' })

  const { rows } = await sql<{ id: string }>`
    select 'job_' || id as id from job where status = 'completed' and cost_source is null order by id limit 1`.execute(
    db,
  )
  const late = rows[0]?.id ?? ''
  const bill = { billableUnits: '1', billedAs: null, micros: 1_000_000, source: 'billing_events' as const }
  await store.record(late, () => [{ type: 'cost_settled', bill, charge: 'actual' }], { source: 'system' })
  t.equal(await usage.sumHours(now, 100), 1, 'the hour of a job that changed is summed again')
  const after = (await all(query(['client']))).reduce((sum, row) => sum + row.actualMicros, 0)
  t.equal(after, (total[0] ?? 0) + 1_000_000)
})
