/** One job through a process that is killed at one named moment and started again: the audit must hold every time. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../../../src/simulator/base/random.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { freePort } from '../../support/free-port.ts'
import { audit } from './audit.ts'
import { environmentOf } from './campaign.ts'
import { silenceWorkers } from './chaos.ts'
import { createClient } from './client.ts'
import type { Cluster } from './cluster.ts'
import { startReceiver } from './receiver.ts'
import { startReplica } from './replica.ts'

const preload = fileURLToPath(new URL('./crash-preload.ts', import.meta.url))

/** With webhooks: every commit and call from the create to the callback. */
export const webhookMoments = [
  'before job.created',
  'after job.created',
  'before submitting',
  'after submitting',
  'asking POST queue',
  'answered POST queue',
  'before job.submitted',
  'after job.submitted',
  'before webhook_delivery',
  'after webhook_delivery',
  'before job.completed',
  'after job.completed',
  'asking GET files',
  'answered GET files',
  'before file_archived',
  'after file_archived',
  'before archive.archived',
  'after archive.archived',
  'asking POST hook',
  'answered POST hook',
  'before callback',
  'after callback',
] as const

/** Without: what only polling does. */
export const pollMoments = [
  'asking GET status',
  'answered GET status',
  'asking GET result',
  'answered GET result',
  'before job.completed',
  'after job.completed',
] as const

/** After these nobody can know whether FAL has the request: giving it up is said, not lost. */
const mayBeUncertain = new Set<string>(['after submitting', 'asking POST queue'])

export interface CrashReport {
  moment: string
  crashed: boolean
  completed: number
  /** From the create to the end, in ms. */
  tookMs: number
  violations: string[]
}

const settleMs = 40_000
/** A replica that was killed is started again after a moment, and takes another to answer. */
const lingerMs = 1_500

export async function crashAt(
  cluster: Cluster,
  /** `withLockTimeout`: the dead are found in their own time, by their silence. */
  { moment, webhooks, withLockTimeout }: { moment: string; webhooks: boolean; withLockTimeout?: boolean },
): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'fal-jobs-crash-'))
  const flag = join(folder, 'crashed')
  const databaseUrl = await cluster.createDatabase()
  const simulator = await startSimulator({ seed: 1, speed: 20 })
  const receiver = await startReceiver(createRandom(1), 0)
  const place = { simulator, databaseUrl, url: '', folder }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { APP_URL: _address, ...polling } = environmentOf(place)
  const environment = { ...polling, ...(webhooks ? { APP_URL: url } : {}), SUBMIT_UNCERTAIN_SECONDS: '2' }
  const replica = await startReplica({
    environment: { ...environment, CRASH_AT: moment, CRASH_FLAG: flag },
    logFile: join(folder, 'replica.log'),
    preload,
    port,
  })
  await replica.ready()
  const client = createClient(url)
  await client.post(
    '/api/credits/grants',
    { amountMicros: 1_000_000_000, reason: 'x' },
    { 'idempotency-key': 'grant' },
  )
  const prompt = `crash ${moment}`
  const body = {
    model: 'flux-schnell',
    prompt,
    numOutputs: 2,
    callbackUrl: receiver.url,
    callbackEvents: ['job.completed', 'job.failed'],
  }
  const id = await client.create('key', body)
  const begun = performance.now()
  const isOver = async () => {
    const job = await client.job(id)
    const final = job.status === 'completed' || job.status === 'failed'
    const told = receiver.received.get(id)?.has(`job.${job.status}`) === true
    return final && job.archive.status !== 'pending' && told && !(await callbackOpen())
  }
  const callbackOpen = async () =>
    (await client.get<{ data: unknown[] }>('/api/callbacks?status=pending&limit=1')).data.length > 0
  while (!(await isOver()) && performance.now() - begun < settleMs) {
    if (existsSync(flag) && withLockTimeout !== true) await silenceWorkers(databaseUrl)
    await sleep(400)
  }
  const tookMs = Math.round(performance.now() - begun)
  // The last moments come after everybody was told.
  const over = performance.now()
  while (!existsSync(flag) && performance.now() - over < lingerMs) await sleep(50)
  const jobs = [{ id, prompt, callback: true }]
  const found = await audit({ client, simulator, receiver, databaseUrl, jobs })
  if (found.completed === 0 && !mayBeUncertain.has(moment)) found.violations.push('the job did not complete')
  await replica.end()
  await simulator.close()
  await receiver.close()
  await cluster.dropDatabase(databaseUrl)
  const crashed = existsSync(flag)
  if (found.violations.length === 0) await rm(folder, { recursive: true, force: true })
  return { moment, crashed, completed: found.completed, tookMs, violations: found.violations }
}
