/** Reads of histories that share a query: each gets its own page, and one that cannot be read is nobody else's trouble. */
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import { creation } from '../../../domain/sample-job.ts'
import { openStore, type StoreBenchOptions } from '../../../support/store.ts'

t.test('those who ask at once get their own pages', async (t) => {
  const { store, db, jobs } = await withHistories(t, 40)
  const asked = jobs.flatMap((id, index) => [
    { id, limit: 100, afterSeq: index % 4 },
    { id, limit: 1, afterSeq: 0 },
  ])
  const pages = await Promise.all(
    asked.map(({ id, limit, afterSeq }) => store.events(id, { limit, afterSeq })),
  )
  for (const [index, page] of pages.entries()) {
    const { id = '', limit = 0, afterSeq = 0 } = asked[index] ?? {}
    const seqs = [1, 2, 3].filter((seq) => seq > afterSeq).slice(0, limit)
    t.strictSame(
      page.map((event) => [event.jobId, event.seq]),
      seqs.map((seq) => [id, seq]),
    )
  }
  await sql`delete from job_event`.execute(db)
  t.strictSame(await store.events(jobs[0] ?? '', { limit: 100, afterSeq: 0 }), [])
})

t.test('a history that nobody can make sense of fails its own read alone', async (t) => {
  const { store, db, jobs } = await withHistories(t, 5)
  const [poison = '', ...others] = jobs
  await sql`update job_event set created_at = 'infinity' where job_id = ${uuid(poison)}`.execute(db)
  const pages = await Promise.allSettled(jobs.map((id) => store.events(id, { limit: 100, afterSeq: 0 })))
  t.equal(pages[0]?.status, 'rejected')
  t.strictSame(
    pages.slice(1).map((page) => (page.status === 'fulfilled' ? page.value.length : page.reason)),
    others.map(() => 3),
  )
})

t.test('however many are looked at, it is one statement, prepared once', async (t) => {
  const { store, db, jobs } = await withHistories(t, 5, { connections: 1 })
  for (let count = 1; count <= jobs.length; count++)
    t.equal((await store.heads(jobs.slice(0, count))).length, count)
  const { rows } = await sql<{ statement: string }>`
    select statement from pg_prepared_statements where statement like 'select "id", "status"%'`.execute(db)
  t.equal(rows.length, 1)
})

async function withHistories(t: Test, count: number, options: StoreBenchOptions = {}) {
  const { store, key, db } = await openStore(t, options)
  const jobs = Array.from({ length: count }, () => `job_${newUuid()}`)
  await Promise.all(
    jobs.map((id) =>
      store.create(creation({ id, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 }), null),
    ),
  )
  await sql`
    insert into job_event (job_id, seq, id, type, source, data, created_at)
    select job.id, seq, gen_random_uuid(), 'job.progress', 'poll', '{}', now()
    from job, generate_series(2, 3) seq`.execute(db)
  return { store, db, jobs }
}

const uuid = (id: string): string => id.slice('job_'.length)
