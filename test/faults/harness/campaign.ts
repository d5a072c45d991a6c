/** One seeded run: replicas, database and FAL are wrecked while a caller creates jobs; then all calms down and is audited. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../../src/simulator/base/random.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { type Audit, audit, type Submitted } from './audit.ts'
import { misfortunes, planChaos, silenceWorkers, wreak } from './chaos.ts'
import { adminKey, type Client, createClient } from './client.ts'
import type { Cluster } from './cluster.ts'
import { startReceiver } from './receiver.ts'
import { type Replica, startReplica } from './replica.ts'
import { startTcpProxy } from './tcp-proxy.ts'

export interface CampaignOptions {
  seed: number
  replicas: number
  jobs: number
  /** How long things go wrong. */
  lastsMs: number
  /** Mean pause between two misfortunes. */
  pauseMs: number
  /** Share of submits that the simulator spoils in some way. */
  faultRate: number
  /** Share of callbacks that the client's endpoint fails; their retries take their time. */
  callbackFailRate: number
  /** For everything to come to its end after the last misfortune. */
  settleMs: number
  note?: (line: string) => void
}

export interface CampaignReport extends Audit {
  seed: number
  /** Misfortunes, by kind. */
  struck: Record<string, number>
  /** Answers to creates, by status. */
  statuses: Record<number, number>
  /** Time from the last misfortune until the last job was settled. */
  settledMs: number
  /** Where the replicas' logs are, kept when something was found. */
  logs: string | null
}

/** A stop that takes longer than this would be ended by the platform. */
const stopWithinMs = 9_000

export async function runCampaign(cluster: Cluster, options: CampaignOptions): Promise<CampaignReport> {
  const { seed } = options
  const note = options.note ?? (() => undefined)
  const random = createRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), `fal-jobs-faults-${seed}-`))
  const databaseUrl = await cluster.createDatabase()
  const simulator = await startSimulator({
    seed,
    speed: 20,
    script: { random: { rate: options.faultRate }, settings: { webhookDelaySeconds: 10 } },
  })
  const receiver = await startReceiver(createRandom(seed + 2), options.callbackFailRate)
  const replicas: Replica[] = []
  const turn = { at: 0 }
  const balancer = await startTcpProxy(() =>
    rotated(
      replicas.map(({ port }) => port),
      turn.at++,
    ),
  )
  const url = `http://127.0.0.1:${balancer.port}`
  const environment = environmentOf({ simulator, databaseUrl, url, folder })
  for (let n = 0; n < options.replicas; n++)
    replicas.push(await startReplica({ environment, logFile: join(folder, `replica-${n}.log`) }))
  await Promise.all(replicas.map((replica) => replica.ready()))
  const client = createClient(url)
  await client.post(
    '/api/credits/grants',
    { amountMicros: 1_000_000_000, reason: 'faults' },
    { 'idempotency-key': 'grant' },
  )

  const plan = planChaos(seed, options.lastsMs, options.pauseMs)
  const creating = createJobs(client, { ...options, random, callbackUrl: receiver.url })
  await wreak(plan, { replicas, cluster, databaseUrl, simulator, note })
  const jobs = await creating
  const calm = performance.now()
  const left = await settle(client, jobs, { databaseUrl, withinMs: options.settleMs, note })
  const settledMs = Math.round(performance.now() - calm)
  const found = await audit({ client, simulator, receiver, databaseUrl, jobs })
  found.violations.push(...left.map((line) => `not settled after ${options.settleMs} ms: ${line}`))
  const disturbed = plan.some(({ what }) => what === 'killDatabase' || what === 'cutDatabase')
  for (const replica of replicas) {
    await replica.end()
    for (const { code, ms } of replica.stops) {
      if (ms > stopWithinMs || (code !== 0 && !disturbed))
        found.violations.push(`a stop took ${Math.round(ms)} ms, code ${code}`)
    }
  }
  await balancer.close()
  await simulator.close()
  await receiver.close()
  await cluster.dropDatabase(databaseUrl)
  const clean = found.violations.length === 0
  if (clean) await rm(folder, { recursive: true, force: true })
  return {
    ...found,
    seed,
    struck: countOf(plan),
    statuses: client.statuses,
    settledMs,
    logs: clean ? null : folder,
  }
}

const rotated = <T>(list: T[], by: number): T[] =>
  list.map((_, index) => list[(index + by) % list.length] as T)

function countOf(plan: { what: string }[]): Record<string, number> {
  const counts = Object.keys(misfortunes).map(
    (what) => [what, plan.filter((p) => p.what === what).length] as const,
  )
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

/** What the service under test is started with. */
export function environmentOf(place: {
  simulator: Simulator
  databaseUrl: string
  url: string
  folder: string
}) {
  const { simulator, databaseUrl, url, folder } = place
  return {
    APP_URL: url,
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '6',
    DATA_DIR: folder,
    ARCHIVE_DIR: join(folder, 'archive'),
    ARCHIVE_ALLOWED_HOSTS: new URL(simulator.url).host,
    BOOTSTRAP_API_KEY: adminKey,
    CREDITS: 'enforced',
    FAL_KEY: 'fault-suite:0123456789abcdef',
    FAL_ALLOW_LOOPBACK: '1',
    FAL_QUEUE_BASE: simulator.queueBase,
    FAL_API_BASE: simulator.restBase,
    FAL_PLATFORM_BASE: simulator.platformBase,
    FAL_SCHEMA_BASE: simulator.schemaBase,
    FAL_JWKS_URL: simulator.jwksUrl,
    FAL_TIMEOUT_MS: '4000',
    POLL_MAX_SECONDS: '3',
    SUBMIT_UNCERTAIN_SECONDS: '5',
    CALLBACK_ALLOW_PRIVATE: '1',
    LOG_LEVEL: 'debug',
  }
}

interface Work {
  seed: number
  jobs: number
  lastsMs: number
  random: Random
  callbackUrl: string
}

/** Creates spread over the bad time; each is repeated until it is accepted. */
async function createJobs(
  client: Client,
  { seed, jobs, lastsMs, random, callbackUrl }: Work,
): Promise<Submitted[]> {
  const begun = performance.now()
  const creating: Promise<Submitted>[] = []
  for (let n = 0; n < jobs; n++) {
    const atMs = (n / jobs) * lastsMs
    await sleep(Math.max(0, atMs - (performance.now() - begun)))
    const prompt = `campaign ${seed} job ${n}`
    const callback = random.next() < 0.3
    const body = {
      model: 'flux-schnell',
      prompt,
      numOutputs: 1 + random.below(3),
      ...(callback ? { callbackUrl, callbackEvents: ['job.completed', 'job.failed', 'job.canceled'] } : {}),
    }
    creating.push(client.create(`key-${seed}-${n}`, body).then((id) => ({ id, prompt, callback })))
  }
  return Promise.all(creating)
}

/** Waits until every job is final, archived and called back; resolves to what is not, when time is up. */
async function settle(
  client: Client,
  jobs: Submitted[],
  { databaseUrl, withinMs, note }: { databaseUrl: string; withinMs: number; note: (line: string) => void },
): Promise<string[]> {
  const begun = performance.now()
  // The dead are found by their silence; nobody wants to wait for that here.
  await silenceWorkers(databaseUrl)
  let open = jobs.map((job) => job.id)
  while (open.length > 0 && performance.now() - begun < withinMs) {
    await sleep(250)
    const still: string[] = []
    for (const id of open) {
      const job = await client.job(id)
      const final = ['completed', 'failed', 'canceled'].includes(job.status)
      if (!final || job.archive.status === 'pending') still.push(id)
    }
    open = still
    note(
      `${Math.round(performance.now() - begun)} ms calm, ${open.length} open${open.length < 4 ? `: ${open}` : ''}`,
    )
  }
  while ((await callbacksOpen(client)) && performance.now() - begun < withinMs) await sleep(250)
  return Promise.all(
    open.map(async (id) => {
      const { status, submission, archive } = await client.job(id)
      return `${id} is ${status}/${submission}, its archive ${archive.status} (${archive.lastError})`
    }),
  )
}

async function callbacksOpen(client: Client): Promise<boolean> {
  const { data } = await client.get<{ data: unknown[] }>('/api/callbacks?status=pending&limit=1')
  return data.length > 0
}
