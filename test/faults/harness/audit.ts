/** Looks at everything from outside, when all is over: jobs and files over HTTP, payments at FAL, sums in the database. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { JobView } from '../../../src/jobs/read/job-view.ts'
import type { Simulator } from '../../../src/simulator/simulator.ts'
import { readTasks } from '../../support/engine-tables.ts'
import type { Client } from './client.ts'
import type { Receiver } from './receiver.ts'

export interface Submitted {
  id: string
  prompt: string
  callback: boolean
}

export interface Evidence {
  client: Client
  simulator: Simulator
  receiver: Receiver
  databaseUrl: string
  jobs: Submitted[]
}

export interface Audit {
  completed: number
  /** Given up by policy, said so in the job. */
  uncertain: number
  /** Of those: FAL has rendered it after all, and the render is not (yet) in the archive. Reconciliation brings it in. */
  unclaimed: number
  files: number
  /** What must not be: empty when the promise held. */
  violations: string[]
}

export async function audit({ client, simulator, receiver, databaseUrl, jobs }: Evidence): Promise<Audit> {
  const violations: string[] = [...client.complaints]
  const found = { completed: 0, uncertain: 0, unclaimed: 0, files: 0 }
  if (new Set(jobs.map((job) => job.id)).size !== jobs.length)
    violations.push('one id was given to two creates')
  for (const submitted of jobs) {
    const job = await client.job(submitted.id)
    const say = (what: string) => violations.push(`${job.id} (${submitted.prompt}): ${what}`)
    const paid = simulator.admin.acceptedFor(submitted.prompt)
    if (paid > 1) say(`paid ${paid} times`)
    if (job.status === 'completed') {
      found.completed += 1
      if (paid !== 1) say(`completed, but paid ${paid} times`)
      if (job.archive.status !== 'archived')
        say(`its archive is ${job.archive.status}: ${job.archive.lastError}`)
    } else if (job.error?.code === 'SUBMIT_UNCERTAIN') {
      found.uncertain += 1
      if (paid === 1 && job.archive.status !== 'archived') found.unclaimed += 1
    } else say(`ended ${job.status} ${job.error?.code}: ${job.error?.message}`)
    found.files += await checkFiles(job, { client, simulator, say })
    await checkHistory(job, { client, say })
    if (submitted.callback && !receiver.received.get(job.id)?.has(`job.${job.status}`))
      say('its end was not called back')
  }
  violations.push(...(await checkDatabase(databaseUrl, found.completed)))
  violations.push(...simulator.admin.state().problems.map((problem) => `simulator: ${problem}`))
  return { ...found, violations }
}

type Say = (what: string) => void

async function checkFiles(
  job: JobView,
  { client, simulator, say }: { client: Client; simulator: Simulator; say: Say },
): Promise<number> {
  if (job.archive.status !== 'archived') return 0
  const made = simulator.admin.media(job.fal.requestId ?? '')
  // A `data:` URI is no file of FAL's.
  const linked = job.media.filter((media) => media.sourceUrl !== null)
  if (made.length !== linked.length) say(`FAL made ${made.length} files, ${linked.length} are known`)
  for (const media of job.media) {
    const file = await fetchFile(client, media.url)
    const hash = createHash('sha256').update(file).digest('hex')
    // A signed URL carries a query behind the path.
    const source = made.find(({ path }) => URL.parse(media.sourceUrl ?? '')?.pathname.endsWith(path) === true)
    const inline = media.sourceUrl === null
    if (hash !== media.sha256) say(`file ${media.index} is not what the job says`)
    if (!inline && source?.sha256 !== hash) say(`file ${media.index} is not what FAL made`)
    if (file.length !== media.bytes) say(`file ${media.index} has ${file.length} bytes, not ${media.bytes}`)
  }
  return job.media.length
}

async function fetchFile(client: Client, url: string | null): Promise<Buffer> {
  if (url === null) return Buffer.alloc(0)
  for (let tries = 1; ; tries++) {
    try {
      const answer = await fetch(new URL(url, client.url))
      if (answer.status === 200) return Buffer.from(await answer.arrayBuffer())
    } catch (error) {
      if (tries === 20) throw error
    }
    if (tries === 20) client.complaints.push(`GET ${url} is not answered`)
    if (tries === 20) return Buffer.alloc(0)
  }
}

interface EventPage {
  data: { seq: number; type: string }[]
}

async function checkHistory(job: JobView, { client, say }: { client: Client; say: Say }): Promise<void> {
  const { data } = await client.get<EventPage>(`/api/jobs/${job.id}/events?limit=100`)
  if (data.some((event, index) => event.seq !== index + 1)) say('its history has a gap')
  const ends = data.filter(({ type }) => ['job.completed', 'job.failed', 'job.canceled'].includes(type))
  if (ends.length !== 1) say(`its history has ${ends.length} ends`)
  if (ends[0]?.type !== `job.${job.status}`) say(`its history ends with ${ends[0]?.type}`)
  const archived = data.filter(({ type }) => type === 'archive.archived')
  if (archived.length > 1) say('it was archived twice')
}

const violated = (what: string, rows: readonly unknown[]): string[] =>
  rows.length === 0 ? [] : [`${what}: ${JSON.stringify(rows.slice(0, 3))}`]

/** What no caller can see: money, the inbox, and work that is left over. */
async function checkDatabase(databaseUrl: string, completed: number): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => undefined)
  await client.connect()
  const none = async (what: string, text: string) => violated(what, (await client.query(text)).rows)
  try {
    const { rows } = await client.query<{ captures: number }>(
      "select count(*)::int as captures from ledger_entry where type = 'capture'",
    )
    const captures = rows[0]?.captures ?? 0
    return [
      ...(captures === completed ? [] : [`${captures} captures for ${completed} completed jobs`]),
      ...(await none(
        'accounts that are not the sum of their entries',
        `select a.* from account a join (select account_id, sum(balance_change) b, sum(reserved_change) r
           from ledger_entry group by 1) e on e.account_id = a.id
         where a.balance_micros <> e.b or a.reserved_micros <> e.r`,
      )),
      ...(await none('credits reserved for nothing', 'select * from account where reserved_micros <> 0')),
      ...(await none(
        'jobs with reserved credits',
        "select id, status from job where reserved_micros <> 0 or status in ('pending', 'running')",
      )),
      ...(await none(
        'events that are not counted',
        `select job.id, job.event_seq, count(e.seq) from job left join job_event e on e.job_id = job.id
         group by job.id having job.event_seq <> count(e.seq)`,
      )),
      ...(await none(
        'parked deliveries of known requests',
        `select d.request_id from webhook_delivery d join job on job.request_id = d.request_id where d.state = 'waiting'`,
      )),
      ...violated('tasks on the dead-letter queue', await readTasks(client, 'dead')),
    ]
  } finally {
    await client.end()
  }
}
