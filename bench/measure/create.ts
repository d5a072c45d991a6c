/** Create: the full `POST /api/jobs` against a handler that only inserts as many bytes in one transaction. */
import { taskTable } from '../../test/support/engine-tables.ts'
import { alternate, type Comparison } from '../load/compare.ts'
import { type LoadResult, load } from '../load/load.ts'
import { apiKey, type Setting } from '../servers/setting.ts'

const body = (n: number): string =>
  JSON.stringify({
    model: 'flux-schnell',
    prompt: `a lighthouse in the fog, number ${n}`,
    numOutputs: 1,
    seed: n,
  })

export interface CreateLoad {
  url: string | readonly string[]
  connections: number
  seconds: number
}

let run = 0

export function creates(of: CreateLoad): Promise<LoadResult> {
  run++
  return load({
    ...of,
    expect: 202,
    request: (n) => ({
      method: 'POST',
      path: '/api/jobs',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': `${process.pid}-${run}-${n}`,
      },
      body: body(n),
    }),
  })
}

export async function benchCreate(setting: Setting, rounds: number, seconds: number): Promise<Comparison[]> {
  const ours = await setting.service({ ROLE: 'api' })
  await creates({ url: ours.url, connections: 64, seconds: 1 })
  const bytes = await bytesOfAJob(setting)
  const floor = await setting.floor({ ROW_BYTES: String(bytes) })
  const results: Comparison[] = []
  for (const connections of [8, 64]) {
    results.push(
      await alternate(
        `create, ${connections} connections`,
        rounds,
        () => creates({ url: ours.url, connections, seconds }),
        () =>
          load({
            url: floor.url,
            connections,
            seconds,
            expect: 202,
            request: (n) => ({
              method: 'POST',
              path: '/create',
              headers: { 'content-type': 'application/json' },
              body: body(n),
            }),
          }),
      ),
    )
  }
  await ours.stop()
  await floor.stop()
  return results
}

/** What one create leaves in the tables, without their overhead and indexes. */
async function bytesOfAJob({ pool }: Setting): Promise<number> {
  const tables = ['job', 'job_event', 'idempotency', taskTable]
  let bytes = 0
  for (const table of tables) {
    const { rows } = await pool.query<{ bytes: number }>(
      `select avg(pg_column_size(t.*))::float8 as bytes from (select * from ${table} limit 500) t`,
    )
    bytes += rows[0]?.bytes ?? 0
  }
  return Math.round(bytes)
}
