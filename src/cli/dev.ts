/** `npm run dev`: the service on an embedded database in front of a simulated FAL; stays up until Ctrl-C. */
import { inspect } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { ConfigError, environmentOfProcess } from '../config.ts'
import { startLocalStack } from './local-stack.ts'

const running = new AsyncDisposableStack()
const environment = environmentOfProcess()
const wantedPort = Number(environment.PORT || 3000)

const started = startLocalStack({
  running,
  environment,
  ports: { service: Number.isInteger(wantedPort) ? wantedPort : 3000, simulator: 8787 },
  speed: 4,
})
closeWithGrace({ delay: 10_000 }, async () => {
  await started.catch(() => undefined)
  await running.disposeAsync()
})

try {
  const { service, simulator, apiKey } = await started
  const { port } = new URL(service.url)
  console.log(`
fal-jobs is up on ${service.url}${Number(port) === wantedPort ? '' : ` (port ${wantedPort} is taken)`}
A simulated FAL is up on ${simulator.url}: nothing here costs money or leaves this machine.
What it received, and faults on demand: ${simulator.url}/_simulator/state

Create a job:
  curl -s ${service.url}/api/jobs -H 'Authorization: Bearer ${apiKey}' \\
    -H 'Content-Type: application/json' -d '{"model":"flux-schnell","prompt":"a lighthouse at dusk"}'

Watch them:
  curl -s ${service.url}/api/jobs -H 'Authorization: Bearer ${apiKey}'

Ctrl-C stops everything.
`)
} catch (error) {
  await running.disposeAsync()
  process.stderr.write(
    `fal-jobs could not start: ${error instanceof ConfigError ? error.message : inspect(error)}\n`,
  )
  process.exit(1)
}
