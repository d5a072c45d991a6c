/** Lost work is found however much attended work lies before it, once by however many replicas, and never beside a live task. */
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { insertTasks, loseTasks, readTasks, setTaskState } from '../../../support/engine-tables.ts'
import { startBench } from '../../../support/service.ts'

/** A service without workers, with this many more pending jobs, each with its waiting task, all of minutes ago. */
async function crowd(t: Test, size: number) {
  const bench = await startBench(t, { environment: { ROLE: 'api' } })
  const { db, jobs: store } = bench.service.services.store
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a crowd' })
  const first = id.slice('job_'.length)
  await sql`
    insert into job select (jsonb_populate_record(job, jsonb_build_object(
      'id', gen_random_uuid(), 'updated_at', now() - interval '5 minutes' - n * interval '1 ms'))).*
    from job, generate_series(1, ${sql.lit(size)}) as n where job.id = ${first}`.execute(db)
  const { rows } = await sql<{ id: string }>`
    select 'job_' || id as id from job where id <> ${first}`.execute(db)
  await insertTasks(
    db,
    'submit',
    rows.map((row) => row.id),
  )
  return { db, store, first }
}

const size = 3_000

t.test('an orphan behind thousands of attended jobs is found, by one of three replicas', async (t) => {
  const { db, store, first } = await crowd(t, size)
  t.strictSame((await store.sweepOrphans(500)).scheduled, [], 'all are attended')
  const { rows } = await sql<{ id: string }>`
    select id from job where id <> ${first} order by updated_at desc limit 1`.execute(db)
  const lost = `job_${rows[0]?.id}`
  await loseTasks(db, { subject: lost })
  t.strictSame(
    (await store.sweepOrphans(500, { onlyFind: true })).scheduled,
    [lost],
    'found without being touched',
  )
  const begun = performance.now()
  await Promise.all([store.sweepOrphans(20_000), store.sweepOrphans(20_000), store.sweepOrphans(20_000)])
  t.comment(`three sweeps over ${size} jobs took ${Math.round(performance.now() - begun)} ms`)
  const tasks = (await readTasks(db)).filter(({ subject }) => subject === lost)
  t.equal(tasks.length, 1, 'one task comes of it')
})

t.test('a job whose sender left no task behind is named, one whose task lives is not', async (t) => {
  const { db, store, first } = await crowd(t, 2)
  await sql`update job set submission = 'sending', submit_run = 'task:0' where id <> ${first}`.execute(db)
  t.strictSame((await store.sweepOrphans(500)).interrupted, [])
  await setTaskState(db, 'submit', 'active')
  t.strictSame((await store.sweepOrphans(500)).interrupted, [], 'a running task is a task')
  await setTaskState(db, 'submit', 'completed')
  t.equal((await store.sweepOrphans(500)).interrupted.length, 2)
})

t.test('a job that stands in line for its turn is nobody’s orphan', async (t) => {
  const { db, store, first } = await crowd(t, 1)
  await sql`update job set turn = 'waiting' where id <> ${first}`.execute(db)
  await loseTasks(db, { queue: 'submit' })
  t.strictSame((await store.sweepOrphans(500)).scheduled, [])
})
