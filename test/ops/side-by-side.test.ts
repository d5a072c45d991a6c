/** During a deploy two versions serve side by side on the schema of the newer one: neither fails a request or a job. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { JobView } from '../../src/jobs/read/job-view.ts'
import { freePort } from '../support/free-port.ts'
import { type Bench, startBench, testKey } from '../support/service.ts'
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const everyMs = 40

t.setTimeout(100_000)

/** What later versions do: they add columns, indexes and kinds of events, and write them. */
const laterMigration = `
  alter table job add column later_note text, add column later_count integer not null default 0;
  create index job_later on job (later_note) where later_note is not null;
  alter table job_event add column later_detail text;
  alter table callback add column later_flag boolean not null default false;
  create table later_table (job_id uuid primary key references job (id));
`
const laterEvent = 'job.later'

/** The present sources with that added, as a program of its own. */
async function nextVersion(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fal-jobs-next-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const part of ['src', 'migrations', 'package.json'])
    await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'migrations/9999_later.sql'), laterMigration)
  await patch(join(folder, 'src/domain/job.ts'), "'job.submitted',", `'job.submitted', '${laterEvent}',`)
  await patch(
    join(folder, 'src/domain/transition/transition.ts'),
    "events.push({ type: 'job.running', source, data })",
    `events.push({ type: 'job.running', source, data }, { type: '${laterEvent}', source, data: { later: true } })`,
  )
  return join(folder, 'src/server.ts')
}

async function patch(path: string, before: string, after: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  if (!text.includes(before)) throw new Error(`${path} no longer has ${before}`)
  await writeFile(path, text.replace(before, after))
}

async function startVersion(t: Test, bench: Bench, program?: string): Promise<ServiceProcess> {
  const port = String(await freePort())
  const environment = {
    ...bench.environment,
    ROLE: 'all',
    PORT: port,
    APP_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'info',
  }
  return startServiceProcess(t, environment, program === undefined ? {} : { program })
}

t.test('the present version and the next serve together while the schema moves on', async (t) => {
  const bench = await startBench(t, {
    simulator: { speed: 40, script: { settings: { fastSigner: true } } },
    environment: { ROLE: 'api' },
  })
  const start = (program?: string) => startVersion(t, bench, program)
  const [present, program] = await Promise.all([start(), nextVersion(t)])

  const serving = [present]
  const created: Promise<{ job: JobView; by: ServiceProcess } | null>[] = []
  const failures: string[] = []
  const ask = async (by: ServiceProcess, method: string, path: string, body?: object) => {
    const response = await fetch(`${by.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status >= 300) failures.push(`${method} ${path}: ${response.status} ${text}`)
    return response.status >= 300 ? null : JSON.parse(text)
  }
  const create = async (by: ServiceProcess) => {
    const body = { model: 'flux-schnell', prompt: `change of guard ${created.length}` }
    const job: JobView | null = await ask(by, 'POST', '/api/jobs', body)
    await ask(by, 'GET', '/readyz')
    return job === null ? null : { job, by }
  }
  let turn = 0
  const load = setInterval(() => {
    const by = serving[turn++ % serving.length]
    if (by !== undefined) created.push(create(by))
  }, everyMs)
  await sleep(500)
  const next = await start(program)
  serving.push(next)
  t.match(
    await bench.service.services.store.db.selectFrom('job').select(sql`later_count`.as('n')).execute(),
    [{ n: 0 }],
  )
  await sleep(1_000)
  // Either version may take any job: the load goes on until the next one has written an event of its own kind.
  const laterWritten = () =>
    sql`select 1 from job_event where type = ${laterEvent} limit 1`.execute(bench.service.services.store.db)
  while ((await laterWritten()).rows.length === 0) await sleep(100)
  clearInterval(load)
  const jobs = (await Promise.all(created)).filter((entry) => entry !== null)
  t.ok(jobs.filter(({ by }) => by === present).length > 5 && jobs.filter(({ by }) => by === next).length > 5)

  let laterSeen = 0
  for (const { job } of jobs) {
    const ended = await bench.settled(job.id, 60_000)
    if (ended.status !== 'completed' || ended.archive.status !== 'archived')
      t.fail(
        `${job.id} ended ${ended.status}, archive ${ended.archive.status}: ${JSON.stringify(ended.error)}`,
      )
    // Each version shows what the other wrote.
    const [shown] = await Promise.all(
      [present, next].map(async (version) => {
        const { data } = await ask(version, 'GET', `/api/jobs/${job.id}/events?limit=100`)
        const seqs = data.map(({ seq }: { seq: number }) => seq)
        if (seqs.some((seq: number, index: number) => seq !== index + 1)) t.fail(`${job.id}: history ${seqs}`)
        return data.map(({ type }: { type: string }) => type)
      }),
    )
    if (shown?.includes(laterEvent)) laterSeen++
  }
  t.ok(laterSeen > 0, 'the present version shows events of a kind that it does not know')

  // A replica of the present version that is rescheduled in between finds a newer schema.
  t.equal(await present.stop(), 0)
  const again = await start()
  const late = await create(again)
  t.match(await bench.settled(late?.job.id ?? '', 30_000), { status: 'completed' })
  t.strictSame(failures, [], `${jobs.length} creates and as many looks at /readyz`)
  for (const { logLines } of [present, next, again])
    t.strictSame(
      logLines.filter((line) => /"level":"(error|fatal)"/.test(line)),
      [],
    )
})
