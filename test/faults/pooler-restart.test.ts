/** Through a pooler in transaction mode: jobs run, a restart of the pooler in the middle loses nothing, and one that loses statements is refused. */
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { runCommand } from '../support/run-command.ts'
import { startBench } from '../support/service.ts'
import { startTransactionPooler } from '../support/transaction-pooler.ts'

t.test('a pooler that is restarted while jobs run', async (t) => {
  const database = await createTestDatabase()
  t.teardown(() => database.drop())
  const pooler = await startTransactionPooler(t, { url: database.url, size: 8, tracksStatements: true })
  const bench = await startBench(t, {
    environment: { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: database.url },
  })
  t.notOk(
    bench.logLines.some((line) => line.includes('pooler')),
    'nothing to warn of',
  )
  const jobs = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      bench.create({ model: 'flux-schnell', prompt: `${n} [fault:slow=20]` }),
    ),
  )
  await pooler.restart()
  for (const { id } of jobs)
    t.match(await bench.settled(id, 40_000), { status: 'completed', archive: { status: 'archived' } })
  for (const [n] of jobs.entries())
    t.equal(bench.simulator.admin.acceptedFor(`${n} [fault:slow=20]`), 1, 'paid once')
  t.equal((await bench.call('GET', '/readyz')).status, 200)
})

t.test('a pooler that loses statements keeps the service from starting', async (t) => {
  const { url, drop } = await createTestDatabase()
  t.teardown(drop)
  const pooler = await startTransactionPooler(t, { url, size: 2 })
  const { code, stderr } = await runCommand(['serve'], { FAL_KEY: 'a:b', DATABASE_URL: pooler.url })
  t.equal(code, 1)
  t.match(
    stderr,
    /^fal-jobs could not start: DATABASE_URL leads through a pooler [^\n]+ loses prepared statements[^\n]+\n$/,
  )
})
