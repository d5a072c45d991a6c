/** `/readyz` names every part with its time; the parts that decide make the service unready, the others only show. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { startBench } from '../support/service.ts'

t.test('every part is named; a schema that lacks a migration is not ready', async (t) => {
  const bench = await startBench(t)
  const { status, body } = await bench.call('GET', '/readyz')
  t.equal(status, 200)
  for (const part of ['database', 'migrations', 'worker', 'archive', 'keySet'])
    t.match(body.checks[part], { ok: true, ms: Number, error: null }, part)

  const { db } = bench.service.services.store
  await sql`delete from schema_migration where name = '0001_jobs'`.execute(db)
  // The checks of a second are shared.
  await sleep(1_000)
  const behind = await bench.call('GET', '/readyz')
  t.equal(behind.status, 503)
  t.match(behind.body.checks.migrations, { ok: false, error: 'Migrations are missing.' })
  t.match(
    bench.logLines.join(''),
    /"part":"migrations".*0001_jobs/,
    'the log has the reason, strangers have not',
  )
  t.equal((await bench.call('GET', '/healthz')).status, 200, 'alive all the same')
})
