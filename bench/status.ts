/** Status: `GET /api/jobs/{id}` against one primary-key select; and a list of 50. */
import { alternate, type Comparison } from './compare.ts'
import { load } from './load.ts'
import { seedFinished } from './seed-jobs.ts'
import { apiKey, type Setting } from './setting.ts'

const headers = { authorization: `Bearer ${apiKey}` }

export async function benchStatus(
  setting: Setting,
  rounds: number,
  seconds: number,
  ids?: string[],
): Promise<Comparison[]> {
  const ours = await setting.service({ ROLE: 'api' })
  const floor = await setting.floor()
  const jobs = ids ?? (await seedFinished(setting.pool, 200))
  const { rows } = await setting.pool.query<{ id: string }>(
    `insert into floor_row (data) select repeat('x', 2200) from generate_series(1, 200) returning id`,
  )
  const get = (url: string, path: (n: number) => string) => () =>
    load({
      url,
      connections: 64,
      seconds,
      expect: 200,
      request: (n) => ({ method: 'GET', path: path(n), headers }),
    })
  const floorGet = get(floor.url, (n) => `/row/${rows[n % rows.length]?.id}`)
  const results = [
    await alternate(
      'status, 64 connections',
      rounds,
      get(ours.url, (n) => `/api/jobs/${jobs[n % jobs.length]}`),
      floorGet,
    ),
    await alternate(
      'list of 50 (floor: one row)',
      rounds,
      get(ours.url, () => '/api/jobs?limit=50'),
      floorGet,
    ),
  ]
  await ours.stop()
  await floor.stop()
  return results
}
