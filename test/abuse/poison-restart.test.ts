/**
 * Poison of one client does not hold up another one, and not a restart: a process of its own is fed with the results that
 * once kept the service down, while a bystander reads and renders.
 */
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { scratchFolder } from '../support/scratch.ts'
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts'
import { startBystander } from './bystander.ts'
import { startHostileFal } from './hostile-fal.ts'
import { poison } from './hostile-results.ts'

const key = 'poison-admin-key-0123456789'
const mostRssMb = 1_000

t.test('poisoned jobs beside a bystander, over a restart', async (t) => {
  const results = new Map<string, string>()
  const fal = await startHostileFal(t, {
    resultOf: ({ prompt }) => results.get(String(prompt)) ?? '{"text":"ok"}',
  })
  for (const [name, result] of Object.entries(poison(fal.origin))) results.set(name, result)
  const database = await createTestDatabase()
  const port = await freePort()
  const environment = {
    PORT: String(port),
    DATABASE_URL: database.url,
    DATA_DIR: `${await scratchFolder()}/poison-${port}`,
    FAL_KEY: 'key:secret',
    FAL_ALLOW_LOOPBACK: '1',
    BOOTSTRAP_API_KEY: key,
    POLL_MAX_SECONDS: '1',
    ...fal.environment,
  }
  let service = await startServiceProcess(t, environment)
  t.teardown(() => database.drop())
  const quiet = await startBystander(service.url, key).during(1_500)

  const bystander = startBystander(service.url, key)
  const poisoned = await Promise.all(
    [...results.keys(), ...Array(13).fill([...results.keys()][0])].map((prompt) =>
      bystander.create({ model: 'hostile/app', input: { prompt }, archive: false }),
    ),
  )
  const beside = await bystander.during(3_000)
  t.comment(JSON.stringify({ quiet, beside, rss: rssMb(service) }))
  t.equal(beside.refused, 0)
  t.equal(beside.unfinished, 0, "the bystander's jobs complete")
  // Beside other test files a second passes for noise; without the fix the service is away for minutes.
  t.ok(beside.p99Ms < Math.max(1_500, 10 * quiet.p99Ms), `p99 ${beside.p99Ms} ms, quiet ${quiet.p99Ms} ms`)
  t.ok(rssMb(service) < mostRssMb, `${rssMb(service)} MB`)

  await service.stop()
  const begun = performance.now()
  service = await startServiceProcess(t, environment)
  const tookMs = performance.now() - begun
  t.ok(tookMs < 15_000, `the restart took ${Math.round(tookMs)} ms`)
  const after = startBystander(service.url, key)
  for (const id of poisoned) {
    const job = await after.final(id)
    t.match(job.status, /completed|failed/, id)
  }
})

const rssMb = (service: ServiceProcess): number => Math.round(service.peakBytes() / 1024 ** 2)
