/** What the service takes when nothing is to be done: CPU of its process and of the database, queries, memory. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../servers/child.ts'
import { postgresCpuSeconds } from '../servers/process-usage.ts'
import type { Setting } from '../servers/setting.ts'

export interface Idle {
  /** Percent of a core. */
  serviceCpu: number
  databaseCpu: number
  queriesPerSecond: number
  rssBytes: number
  /** What took most of the database's time, in ms a second. */
  dearest: { query: string; perSecond: number; msPerSecond: number }[]
}

/** Statements are counted in connections that are opened after this. */
export async function countStatements({ pool }: Setting): Promise<void> {
  await pool.query('create extension if not exists pg_stat_statements')
  const { rows } = await pool.query<{ name: string }>('select current_database() as name')
  await pool.query(`alter database ${rows[0]?.name} set pg_stat_statements.track = 'all'`)
}

/** What comes round within `seconds`, and the look that Prometheus takes every 15 s; reconciliation and upkeep are rarer. */
export async function measureIdle(setting: Setting, ours: Child, seconds: number): Promise<Idle> {
  const { pool } = setting
  await pool.query('select pg_stat_statements_reset()')
  const before = { service: await ours.usage(), database: await postgresCpuSeconds(pool) }
  const begun = performance.now()
  for (let left = seconds; left > 0; left -= 15) {
    await (await fetch(`${ours.url}/metrics`)).text()
    await sleep(Math.min(left, 15) * 1000)
  }
  const took = (performance.now() - begun) / 1000
  const after = { service: await ours.usage(), database: await postgresCpuSeconds(pool) }
  const { rows } = await pool.query<{ query: string; calls: number; ms: number }>(
    `select query, sum(calls)::float8 as calls, sum(total_exec_time) as ms from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
     group by query order by ms desc`,
  )
  const core = (from: number, to: number) => ((to - from) / took) * 100
  return {
    serviceCpu: core(before.service.cpuSeconds, after.service.cpuSeconds),
    databaseCpu: core(before.database, after.database),
    queriesPerSecond: rows.reduce((sum, { calls }) => sum + calls, 0) / took,
    rssBytes: after.service.rssBytes,
    dearest: rows.slice(0, 8).map(({ query, calls, ms }) => ({
      query: query.replaceAll(/\s+/g, ' '),
      perSecond: calls / took,
      msPerSecond: ms / took,
    })),
  }
}
