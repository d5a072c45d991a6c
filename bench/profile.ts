/**
 * `npm run bench:profile create|webhook|status|list -- [--seconds 8] [--top 30]`: runs the service under load with V8's sampling profiler
 * and prints where its CPU time went, by function and by package. The tables are nearly empty.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { countOf, oneOf } from './arguments.ts'
import { seedFinished, seedRunning } from './load/seed-jobs.ts'
import { createWebhookSigner } from './load/signed-webhooks.ts'
import { creates } from './measure/create.ts'
import { lists, looks } from './measure/status.ts'
import { deliveries } from './measure/webhook.ts'
import type { Child } from './servers/child.ts'
import { openMachine, type Setting } from './servers/setting.ts'
import { whenInterrupted } from './servers/when-interrupted.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '8' }, top: { type: 'string', default: '30' } },
})
const seconds = countOf('seconds', values.seconds)
const top = countOf('top', values.top)
const name = oneOf('The path', positionals[0] ?? '', ['create', 'webhook', 'status', 'list'])
const signer = await createWebhookSigner()

/** Each prepares what it needs and answers the load. */
const paths: Record<typeof name, (setting: Setting, service: Child) => Promise<{ perSecond: number }>> = {
  create: (_setting, { url }) => creates({ url, connections: 64, seconds }),
  async webhook({ pool }, { url }) {
    const jobs = await seedRunning(pool, seconds * 2_000, 'profiled')
    return deliveries(
      url,
      jobs.map((job) => signer.sign(job)),
    )
  },
  status: async ({ pool }, { url }) => looks({ url, seconds }, await seedFinished(pool, 200)),
  async list({ pool }, { url }) {
    await seedFinished(pool, 200)
    return lists({ url, seconds })
  },
}

const path = paths[name]
const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-profile-'))
whenInterrupted(() => rm(dir, { recursive: true, force: true }))
const machine = await openMachine()
try {
  const setting = await machine.setting('profiled')
  const service = await setting.service(
    { ROLE: 'api', FAL_JWKS_URL: signer.jwksUrl },
    { nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${dir}`] },
  )
  const { perSecond } = await path(setting, service)
  await service.stop()
  process.stdout.write(
    `${name}: ${Math.round(perSecond)} a second while profiled\n\n${await report(service.startedMs)}`,
  )
} finally {
  signer.close()
  await machine.close()
  await rm(dir, { recursive: true, force: true })
}

/** The form of V8's .cpuprofile, as far as it is used. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

/** Without the start, which reads and compiles all the code. */
async function report(startMs: number): Promise<string> {
  const [file = ''] = await readdir(dir)
  const profile: Profile = JSON.parse(await readFile(join(dir, file), 'utf8'))
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const functions = new Map<string, number>()
  const packages = new Map<string, number>()
  const add = (to: Map<string, number>, key: string, ms: number) => to.set(key, (to.get(key) ?? 0) + ms)
  let at = 0
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id)
    const ms = (profile.timeDeltas[index] ?? 0) / 1000
    at += ms
    if (at < startMs || frame === undefined || frame.functionName === '(idle)') continue
    const place = placeOf(frame.url)
    add(packages, frame.url === '' ? frame.functionName || '(native)' : packageOf(place), ms)
    add(functions, `${frame.functionName || '(anonymous)'} ${place}:${frame.lineNumber + 1}`, ms)
  }
  const total = [...packages.values()].reduce((sum, ms) => sum + ms, 0)
  const table = (of: Map<string, number>, most: number) =>
    [...of]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([key, ms]) => `| ${((ms / total) * 100).toFixed(1)} % | ${key} |`)
      .join('\n')
  const head = '| of the CPU time | |\n| --- | --- |\n'
  return `${head}${table(packages, 16)}\n\n${head}${table(functions, top)}\n`
}

function placeOf(url: string): string {
  const own = url.replace(/^file:\/\/.*\/node_modules\//, '')
  return own.replace(/^file:\/\/.*?\/(src\/)/, '$1')
}

function packageOf(place: string): string {
  const [first = '', second = ''] = place.split('/')
  return first.startsWith('@') || first === 'src' ? `${first}/${second}` : first
}
