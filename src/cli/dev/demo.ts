/** `npm run demo`: one image and one video through the whole service on this machine, every step shown, every byte checked. */
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import { createLogger } from '../../telemetry/logger.ts'
import { followJob } from '../terminal/follow-job.ts'
import { createScreen, type Screen } from '../terminal/screen.ts'
import { startDemoDatabase } from './demo-database.ts'
import { describeFiles } from './demo-files.ts'
import { startDemoReceiver } from './demo-receiver.ts'
import { type LocalStack, startLocalStack } from './local-stack.ts'

/** Two kinds, one of them slow enough to be seen moving. */
const requests = [
  {
    name: 'image',
    body: { model: 'flux-schnell', prompt: 'a lighthouse at dusk, long exposure', numOutputs: 2 },
  },
  { name: 'video', body: { model: 'wan-v2-5', prompt: 'waves roll in at dusk', durationSeconds: 5 } },
]

/** A video takes 20 to 60 simulated seconds, so the demo about ten; a busy machine gets more time. */
const speed = 8
const withinMs = 60_000

const { values: options } = parseArgs({ options: { dir: { type: 'string', default: '.data/demo' } } })
const running = new AsyncDisposableStack()
const screen = createScreen(process.stdout)
const interrupted = new AbortController()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort(new Error('interrupted')))
}
try {
  await runDemo()
} catch (error) {
  screen.end()
  process.stderr.write(interrupted.signal.aborted ? 'Interrupted.\n' : `The demo failed: ${inspect(error)}\n`)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
} finally {
  await running.disposeAsync()
}

async function runDemo(): Promise<void> {
  const begun = performance.now()
  const stack = await startEverything(screen)
  const since = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`
  screen.line(
    `Ready after ${since()}: fal-jobs on ${stack.service.url}, a simulated FAL on ${stack.simulator.url}`,
  )
  screen.line('')
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(withinMs)])
  const receiver = await startDemoReceiver(running)
  const callback = { callbackUrl: receiver.url, callbackEvents: ['job.archived'] }
  const jobs = await Promise.all(
    requests.map(({ name, body }) =>
      followJob({ ...stack, url: stack.service.url }, name, { ...body, ...callback }, screen, signal),
    ),
  )
  await receiver.received(jobs.length, signal)
  screen.end()
  screen.line('')
  for (const job of jobs)
    for (const line of await describeFiles(job, stack.config.archive.dir)) screen.line(line)
  screen.line(`Both were announced by a signed callback to ${receiver.url}`)
  screen.line('')
  screen.line(`Done in ${since()}. The service's own log: ${relative('', join(options.dir, 'service.log'))}`)
}

async function startEverything(to: Screen): Promise<LocalStack> {
  const { dir } = options
  to.line('Starting PostgreSQL, a simulated FAL and the service ...')
  await mkdir(dir, { recursive: true })
  const archiveDir = join(dir, 'archive')
  await rm(archiveDir, { recursive: true, force: true })
  const file = createWriteStream(join(dir, 'service.log'))
  running.defer(() => new Promise((settle) => file.end(settle)))
  const log = createLogger({ level: 'info', secrets: [], destination: file })
  const databaseUrl = await startDemoDatabase(join(dir, 'postgres'), log, running)
  return startLocalStack({
    running,
    environment: {
      DATABASE_URL: databaseUrl,
      DATA_DIR: dir,
      ARCHIVE_DIR: archiveDir,
      LOG_LEVEL: 'info',
      // The demo's callbacks go to a receiver on this machine.
      CALLBACK_ALLOW_PRIVATE: '1',
      // A limit, so that the metrics show the fair queue.
      FAL_MAX_IN_FLIGHT: '4',
      // A model's progress is read from its logs.
      FAL_QUEUE_LOGS_DEFAULT: '1',
    },
    ports: { service: 0, simulator: 0 },
    speed,
    logTo: file,
  })
}
