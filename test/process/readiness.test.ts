/** `/readyz` names every part with its time; the parts that decide make the service unready, the others only show. */
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
  const behind = await bench.call('GET', '/readyz')
  t.equal(behind.status, 503)
  t.match(behind.body.checks.migrations, { ok: false, error: /0001_jobs/ })
  t.equal((await bench.call('GET', '/healthz')).status, 200, 'alive all the same')
})
