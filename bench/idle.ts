/** What the service takes when nothing is to be done: CPU with many jobs in flight, memory at rest, time to start. */
import { setTimeout as sleep } from 'node:timers/promises'
import { seedRunning } from './seed-jobs.ts'
import type { Setting } from './setting.ts'

export async function benchIdle(setting: Setting, jobs: number, seconds: number): Promise<string[]> {
  const begun = performance.now()
  const first = await setting.service()
  const startedMs = performance.now() - begun
  await first.stop()
  for (let seeded = 0; seeded < jobs; seeded += 10_000) {
    await seedRunning(setting.pool, Math.min(10_000, jobs - seeded), `idle${seeded}`)
  }
  const ours = await setting.service()
  await sleep(3_000)
  const before = await ours.usage()
  const queries = await statements(setting)
  await sleep(seconds * 1000)
  const after = await ours.usage()
  const core = ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100
  const perSecond = ((await statements(setting)) - queries) / seconds
  await ours.stop()
  return [
    `| idle with ${jobs} jobs in flight | ${core.toFixed(1)} % of a core | ${perSecond.toFixed(0)} transactions/s | ${(after.rssBytes / 1e6).toFixed(0)} MB | started in ${Math.round(startedMs)} ms |`,
  ]
}

async function statements({ pool }: Setting): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'select sum(xact_commit + xact_rollback)::float8 as n from pg_stat_database',
  )
  return rows[0]?.n ?? 0
}
