/** Replicas: the same load on 1, 2 and 4 processes over one database. */
import { setTimeout as sleep } from 'node:timers/promises'
import { rate } from '../load/compare.ts'
import { type LoadResult, load } from '../load/load.ts'
import { seedFinished } from '../load/seed-jobs.ts'
import type { Child } from '../servers/child.ts'
import { apiKey, type Machine, type Setting } from '../servers/setting.ts'
import { creates } from './create.ts'
import { looks } from './status.ts'

/** Through everything: create, submit, webhook, archive. */
const wholeJobs = 300

export const replicasHead =
  '| processes | create, 64 connections | status, 64 connections | jobs from create to archived |\n| --- | --- | --- | --- |'

export async function benchReplicas(machine: Machine, rounds: number, seconds: number): Promise<string[]> {
  const rows: string[] = []
  for (const processes of [1, 2, 4]) {
    const setting = await machine.setting(`replicas_${processes}`)
    const throughput = await wholeThroughput(setting, processes)
    const services = await start(setting, processes, { ROLE: 'api' })
    const url = services.map((service) => service.url)
    const jobs = await seedFinished(setting.pool, 200)
    const created: LoadResult[] = []
    const looked: LoadResult[] = []
    await creates({ url, connections: 64, seconds })
    await looks({ url, seconds }, jobs)
    for (let round = 0; round < rounds; round++) {
      created.push(await creates({ url, connections: 64, seconds }))
      looked.push(await looks({ url, seconds }, jobs))
    }
    await setting.close()
    rows.push(`| ${processes} | ${rate(created)} | ${rate(looked)} | ${throughput.toFixed(0)}/s |`)
  }
  return rows
}

const start = (setting: Setting, processes: number, environment: Record<string, string> = {}) =>
  Promise.all(Array.from({ length: processes }, () => setting.service(environment)))

/** Jobs a second, from the first create until the last copy is in the archive; the better of two. */
async function wholeThroughput(setting: Setting, processes: number): Promise<number> {
  const services = await start(setting, processes)
  const runs = [await through(setting, services), await through(setting, services)]
  await Promise.all(services.map((service) => service.stop()))
  return Math.max(...runs)
}

async function through({ pool }: Setting, services: readonly Child[]): Promise<number> {
  const prompt = `whole ${Math.random()}`
  const begun = performance.now()
  await load({
    url: services.map((service) => service.url),
    connections: 16,
    seconds: 3_600,
    expect: 202,
    request: (n) =>
      n >= wholeJobs
        ? null
        : {
            method: 'POST',
            path: '/api/jobs',
            headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
            body: JSON.stringify({ model: 'flux-schnell', prompt: `${prompt} ${n}` }),
          },
  })
  for (;;) {
    const { rows } = await pool.query<{ left: number }>(
      `select count(*)::int as left from job where status in ('pending', 'running') or archive_status = 'pending'`,
    )
    if (rows[0]?.left === 0) return (wholeJobs / (performance.now() - begun)) * 1000
    await sleep(50)
  }
}
