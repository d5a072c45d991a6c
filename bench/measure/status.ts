/** Status: `GET /api/jobs/{id}` against one primary-key select; and a list of 50 against a select of 50 rows. */
import { randomBytes } from 'node:crypto'
import { alternate, type Comparison } from '../load/compare.ts'
import { type LoadResult, load } from '../load/load.ts'
import { seedFinished } from '../load/seed-jobs.ts'
import { apiKey, type Setting } from '../servers/setting.ts'

const connections = 64
const headers = { authorization: `Bearer ${apiKey}` }

export interface ReadLoad {
  url: string | readonly string[]
  seconds: number
}

export const looks = (of: ReadLoad, jobs: readonly string[]): Promise<LoadResult> =>
  gets(of, (n) => `/api/jobs/${jobs[n % jobs.length]}`)

export const lists = (of: ReadLoad): Promise<LoadResult> => gets(of, () => '/api/jobs?limit=50')

const gets = (of: ReadLoad, path: (n: number) => string): Promise<LoadResult> =>
  load({ ...of, connections, expect: 200, request: (n) => ({ method: 'GET', path: path(n), headers }) })

export async function benchStatus(setting: Setting, rounds: number, seconds: number): Promise<Comparison[]> {
  const ours = await setting.service({ ROLE: 'api' })
  const floor = await setting.floor()
  const jobs = await seedFinished(setting.pool, 200)
  const answer = await (await fetch(`${ours.url}/api/jobs/${jobs[0]}`, { headers })).text()
  // As long as ours, and nothing that PostgreSQL could compress.
  const filler = randomBytes(answer.length).toString('base64').slice(0, answer.length)
  const { rows } = await setting.pool.query<{ id: string }>(
    `insert into floor_row (data) select $1 from generate_series(1, 200) returning id`,
    [filler],
  )
  const of = { url: ours.url, seconds }
  const atFloor = { url: floor.url, seconds }
  const results = [
    await alternate(
      'status, 64 connections',
      rounds,
      () => looks(of, jobs),
      () => gets(atFloor, (n) => `/row/${rows[n % rows.length]?.id}`),
    ),
    await alternate(
      'list of 50, 64 connections',
      rounds,
      () => lists(of),
      () => gets(atFloor, () => '/rows'),
    ),
  ]
  await ours.stop()
  await floor.stop()
  return results
}
