/**
 * `npm run bench:explain -- [--rows 100000] [--in-flight 100000]`: fills the tables, walks every path of the service once and
 * prints what each asks of PostgreSQL: statements a request, and the plan each statement really had (auto_explain).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { countOf } from './arguments.ts'
import { type LoadResult, load, type PlainRequest } from './load/load.ts'
import { type SeededJob, seedFinished, seedRunning, settleTables } from './load/seed-jobs.ts'
import { createWebhookSigner, type SignedWebhook } from './load/signed-webhooks.ts'
import { creates } from './measure/create.ts'
import { countStatements } from './measure/idle.ts'
import { type Asked, explaining, type Path, show } from './measure/statements.ts'
import { apiKey, openMachine, type Setting } from './servers/setting.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    'in-flight': { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
    /** Long enough for every sweep to come round. */
    'idle-seconds': { type: 'string', default: '65' },
  },
})
const rows = countOf('rows', values.rows)
const inFlight = countOf('in-flight', values['in-flight'])
const idleSeconds = countOf('idle-seconds', values['idle-seconds'])
const headers = { authorization: `Bearer ${apiKey}` }
const alone = 20

const machine = await openMachine({ logging_collector: 'on', log_destination: 'jsonlog' })
try {
  const setting = await machine.setting('explained')
  const finished = await seedFinished(setting.pool, rows)
  const running = await seedInFlight(setting, inFlight)
  await settleTables(setting.pool)
  await countStatements(setting)
  const asked = await explaining(setting.pool)
  // Before there is any backlog.
  await walkIdle(setting, asked)
  await walkRequests(setting, asked, finished, running)
  await setting.close()
} finally {
  await machine.close()
}

async function seedInFlight({ pool }: Setting, count: number): Promise<SeededJob[]> {
  const jobs: SeededJob[] = []
  for (let n = 0; n < count; n += 10_000)
    jobs.push(...(await seedRunning(pool, Math.min(10_000, count - n), `flight${n}`)))
  return jobs
}

async function walkRequests(
  setting: Setting,
  asked: Asked,
  finished: readonly string[],
  running: SeededJob[],
): Promise<void> {
  const signer = await createWebhookSigner()
  const { url, stop } = await setting.service({ ROLE: 'api', FAL_JWKS_URL: signer.jwksUrl })
  const send = (connections: number, count: number, expect: number, of: (n: number) => PlainRequest) =>
    load({ url, connections, seconds: 3_600, expect, request: (n) => (n < count ? of(n) : null) })
  const get = (path: (n: number) => string) => async (connections: number, count: number) =>
    send(connections, count, 200, (n) => ({ method: 'GET', path: path(n), headers }))
  const some = (n: number) => finished[n % finished.length] ?? ''
  const filtered = (query: string) => get(() => `/api/jobs?limit=20&${query}`)
  const weekAgo = new Date(Date.now() - 7 * 86_400_000).toISOString()
  const paths: Record<string, (connections: number, count: number) => Promise<LoadResult>> = {
    create: (connections) => creates({ url, connections, seconds: 1 }),
    webhook: (connections, count) => {
      const batch = running.splice(0, count).map((job) => signer.sign(job))
      return load({ url, connections, seconds: 3_600, expect: 200, request: (n) => toSend(batch[n]) })
    },
    status: get((n) => `/api/jobs/${some(n)}`),
    'events of a job': get((n) => `/api/jobs/${some(n)}/events`),
    'list of 50': get(() => '/api/jobs?limit=50'),
    'list by status that is rare': filtered('status=failed'),
    'list by archive status that is rare': filtered('archiveStatus=failed'),
    'list by a user without jobs': filtered('userId=nobody'),
    'list by metadata without jobs': filtered('metadata.order=nothing'),
    'list by kind that is rare': filtered('kind=video'),
    'list by time before a week ago': filtered(`createdBefore=${weekAgo}`),
    'callbacks of a client': get(() => '/api/callbacks?limit=50'),
    credits: get(() => '/api/credits'),
  }
  // What each connection asks once is not a request's.
  await get((n) => `/api/jobs/${some(n)}`)(10, 50)
  for (const [name, run] of Object.entries(paths)) {
    if (!name.includes(values.only)) continue
    const single = await asked.during(() => run(1, alone).then(({ count }) => count))
    // What reads many rows is asked by few at once.
    const connections = name.startsWith('list by') ? 2 : 64
    const shared = await asked.during(() => run(connections, connections * 10).then(({ count }) => count))
    print(show(name, single, shared))
  }
  await stop()
  signer.close()
}

async function walkIdle(setting: Setting, asked: Asked): Promise<void> {
  if (!'idle'.includes(values.only)) return
  const path: Path = await asked.during(async () => {
    const service = await setting.service()
    for (let left = idleSeconds; left > 0; left -= 15) {
      await (await fetch(`${service.url}/metrics`)).text()
      await sleep(Math.min(left, 15) * 1_000)
    }
    await service.stop()
    return idleSeconds
  })
  print(show(`start and ${idleSeconds} idle seconds with all background work (numbers a second)`, path))
}

function toSend(webhook: SignedWebhook | undefined): PlainRequest | null {
  return webhook === undefined ? null : { method: 'POST', ...webhook }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
