/**
 * The image as a strict platform runs it: an arbitrary user of group 0, a read-only root, no capability, 512 MB. A job is
 * archived into a volume, a stop in the middle of a copy loses nothing, and the image's own checks work.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { startForgetfulBucket, startLargeFal } from './large-renders.ts'
import { run } from './programs.ts'

interface RealEngine {
  command: string
  environment: Record<string, string>
  image: string
}

const given: RealEngine | null = JSON.parse(process.env.REAL_ENGINE ?? 'null')
if (given === null) throw new Error('no REAL_ENGINE in the environment: run it by `npm run test:real`')
const { command, environment, image } = given

const docker = async (...args: string[]): Promise<string> =>
  (await run(command, args, { env: { ...process.env, ...environment }, timeout: 60_000 })).stdout.trim()

const key = 'container-admin-key-0123456789'
const name = `fal-jobs-real-${process.pid}`

const simulator = await startSimulator({ speed: 20 })
const database = await createTestDatabase()
const port = await freePort()
t.teardown(async () => {
  await docker('rm', '--force', '--volumes', name).catch(() => undefined)
  await docker('volume', 'rm', '--force', name).catch(() => undefined)
  await simulator.close()
  await database.drop()
})

const settings = {
  NODE_ENV: 'development',
  HOST: '127.0.0.1',
  PORT: String(port),
  APP_URL: `http://127.0.0.1:${port}`,
  DATABASE_URL: database.url,
  BOOTSTRAP_API_KEY: key,
  FAL_KEY: 'simulated:key',
  FAL_ALLOW_LOOPBACK: '1',
  FAL_QUEUE_BASE: simulator.queueBase,
  FAL_API_BASE: simulator.restBase,
  FAL_PLATFORM_BASE: simulator.platformBase,
  FAL_JWKS_URL: simulator.jwksUrl,
  ARCHIVE_ALLOWED_HOSTS: new URL(simulator.url).host,
}
/** As a platform does that grants nothing; `volume` is mounted at /data. */
const startRestricted = (container: string, variables: Record<string, string>, volume?: string) =>
  docker(
    ...['run', '--detach', '--name', container, '--network', 'host', '--user', '1000650000:0', '--read-only'],
    ...[
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      '--memory',
      '512m',
      '--stop-timeout',
      '15',
    ],
    ...(volume === undefined ? [] : ['--volume', `${volume}:/data`]),
    ...Object.entries(variables).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
    image,
  )
await startRestricted(name, settings, name)

/** Of control groups 2 and 1. */
const peakFiles = ['/sys/fs/cgroup/memory.peak', '/sys/fs/cgroup/memory/memory.max_usage_in_bytes']

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look().catch(() => null)
    if (found !== null) return found
    await sleep(200)
  }
  const log = await run(command, ['logs', '--tail', '40', name], { env: { ...process.env, ...environment } })
  throw new Error(`${what}: not within a minute\n${log.stdout}${log.stderr}`)
}

async function call(method: string, path: string, body?: object) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return JSON.parse(await answer.text())
}

const archived = (id: string) =>
  until(`${id} archived`, async () => {
    const job = await call('GET', `/api/jobs/${id}`)
    return job.archive.status === 'archived' ? job : null
  })

await until('healthy', async () => ((await call('GET', '/healthz')).status === 'ok' ? true : null))

t.test('a job is archived into the volume, and its link gives the same bytes', async (t) => {
  const { id } = await call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'a pier' })
  const [media] = (await archived(id)).media
  const content = Buffer.from(await (await fetch(media.url)).arrayBuffer())
  t.equal(createHash('sha256').update(content).digest('hex'), media.sha256)
})

t.test("the doctor finds the archive in order, and the image's health check passes", async (t) => {
  const report = await docker('exec', name, 'fal-jobs', 'doctor', '--json').catch((error) => error.stdout)
  const { checks } = JSON.parse(report) as { checks: { name: string; status: string; detail: string }[] }
  const archive = checks.find((check) => check.name === 'archive')
  t.equal(archive?.status, 'ok', archive?.detail ?? 'not checked')
  // What the engine would run by its own timer, which not every one has.
  const [, program = ''] = (
    await docker('inspect', '--format', '{{json .Config.Healthcheck.Test}}', image)
  ).match(/exec (node [^"\\]+)/) ?? [null, '']
  await docker('exec', name, 'sh', '-c', `${program} "$HOST" "$PORT"`)
  t.ok(program.includes('health-check'), program)
})

t.test('SIGHUP reads the secrets again, by the engine and by a shell inside', async (t) => {
  await docker('kill', '--signal', 'HUP', name)
  await docker('exec', name, 'sh', '-c', 'kill -HUP 1')
  await sleep(500)
  t.equal((await call('GET', '/healthz')).status, 'ok')
})

t.test('a stop in the middle of a copy ends with 0, and the copy is made after the next start', async (t) => {
  const { id } = await call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'x [fault:cdn-slow=30]' })
  await until('a copy under way', async () => {
    const job = await call('GET', `/api/jobs/${id}`)
    return job.archive.status === 'pending' ? job : null
  })
  await sleep(1_000)
  const begun = Date.now()
  await docker('stop', '--time', '15', name)
  t.ok(Date.now() - begun < 12_000, 'before it would be killed')
  t.equal(await docker('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', name), '0 false')
  await docker('start', name)
  const job = await archived(id)
  t.equal(job.media.length, 1)
})

t.test('512 MB hold twelve copies of 100 MB at once into a bucket', async (t) => {
  await docker('stop', '--time', '15', name)
  const copies = 12
  const fal = await startLargeFal(t, 100_000_000)
  const { endpoint, whole } = await startForgetfulBucket(t)
  const large = `${name}-large`
  t.teardown(() => docker('rm', '--force', '--volumes', large).catch(() => undefined))
  const changed = {
    ...{ APP_URL: '', FAL_QUEUE_BASE: fal, ARCHIVE_ALLOWED_HOSTS: new URL(fal).host },
    ...{ ARCHIVE_BUCKET: 'media', S3_ENDPOINT: endpoint, S3_REGION: 'us-east-1', S3_FORCE_PATH_STYLE: '1' },
    ...{ S3_ACCESS_KEY_ID: 'a', S3_SECRET_ACCESS_KEY: 'b', POLL_MAX_SECONDS: '2' },
  }
  await startRestricted(large, { ...settings, ...changed })
  await until('healthy', async () => ((await call('GET', '/healthz')).status === 'ok' ? true : null))
  const ids: string[] = []
  for (let n = 0; n < copies; n++) {
    const job = await call('POST', '/api/jobs', { model: 'flux-schnell', prompt: `large ${n}` })
    ids.push(job.id)
  }
  for (const id of ids) await archived(id)
  // The service also tries the bucket at its start.
  t.equal([...whole].filter((path) => path.includes('/job_')).length, copies)
  t.equal(await docker('inspect', '--format', '{{.State.OOMKilled}} {{.RestartCount}}', large), 'false 0')
  const peak = await docker('exec', large, 'sh', '-c', `cat ${peakFiles.join(' ')} 2>/dev/null || true`)
  t.comment(`memory at most ${Math.round(Number(peak.split('\n')[0]) / 1e6)} MB of 537, file cache included`)
})
