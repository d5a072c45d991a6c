/** `npm run dev`: the service on an embedded database in front of a simulated FAL; stays up until Ctrl-C. */
import { environmentOfProcess } from '../../config/config.ts'
import { plainFailure } from '../../process/plain-failure.ts'
import { stopOnSignal } from '../../process/stop-on-signal.ts'
import { localSettings } from './local-settings.ts'
import { startLocalStack } from './local-stack.ts'

const running = new AsyncDisposableStack()
const { environment, leftOut } = localSettings(environmentOfProcess())
const wantedPort = Number(environment.PORT || 3000)

if (leftOut.length > 0) {
  const instead = 'Set DEV_DATABASE_URL or DEV_ARCHIVE_BUCKET to use one here.'
  console.log(`Left out, so that no simulated result gets there: ${leftOut.join(', ')}. ${instead}`)
}

const started = startLocalStack({
  running,
  environment,
  ports: { service: Number.isInteger(wantedPort) ? wantedPort : 3000, simulator: 8787 },
  speed: 4,
})
stopOnSignal({ delay: 10_000 }, async () => {
  await started.catch(() => undefined)
  await running.disposeAsync()
})

try {
  const { service, simulator, apiKey } = await started
  const isTaken = Number(new URL(service.url).port) !== wantedPort
  const note = isTaken
    ? `If port ${wantedPort} is another "npm run dev": both work on the same jobs, unless DATA_DIR differs.\n`
    : ''
  console.log(`
fal-jobs is up on ${service.url}${isTaken ? ` (port ${wantedPort} is taken)` : ''}
A simulated FAL is up on ${simulator.url}: nothing here costs money or leaves this machine.
The API, to read and try: ${service.url}/docs
What FAL received, and faults on demand: ${simulator.url}/_simulator/state

API key: ${apiKey}

Create a job:
  curl -s ${service.url}/api/jobs -H 'Authorization: Bearer ${apiKey}' \\
    -H 'Content-Type: application/json' -d '{"model":"flux-schnell","prompt":"a lighthouse at dusk"}'

Watch them:
  curl -s ${service.url}/api/jobs -H 'Authorization: Bearer ${apiKey}'

Ctrl-C stops everything. Jobs are kept, but the simulated FAL forgets them: those it was still rendering fail after the
next start.
${note}`)
} catch (error) {
  await running.disposeAsync()
  process.stderr.write(plainFailure('fal-jobs could not start', error))
  process.exit(1)
}
