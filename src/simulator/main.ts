/** `npm run simulator`: starts a local FAL and prints how to use it. */

import closeWithGrace from 'close-with-grace'
import { readConfig, variables } from './config.ts'
import { startSimulator } from './simulator.ts'

if (process.argv.some((argument) => argument === '--help' || argument === '-h')) {
  console.log(
    `Runs a local FAL. It takes no arguments; the environment may set:\n\n${variables().join('\n')}`,
  )
  process.exit()
}
const config = readConfigOrExit()
const simulator = await startSimulator(config).catch(exit)

// Under npm a signal arrives twice, from the terminal and from npm; the second must not interrupt the shutdown.
let isClosing = false
const grace = closeWithGrace({ skip: ['SIGINT', 'SIGTERM'] }, () => simulator.close())
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!isClosing) grace.close()
    isClosing = true
  })
}

console.log(`A simulated FAL listens on ${simulator.localUrl} (speed ${config.speed}, seed ${simulator.admin.state().seed}).${backupNote(simulator.backupUrl)}

fal-jobs:
  FAL_KEY=demo:secret
  FAL_ALLOW_LOOPBACK=1
  FAL_QUEUE_BASE=${simulator.queueBase}
  FAL_API_BASE=${simulator.restBase}
  FAL_PLATFORM_BASE=${simulator.platformBase}
  FAL_SCHEMA_BASE=${simulator.schemaBase}
  FAL_JWKS_URL=${simulator.jwksUrl}
  ARCHIVE_ALLOWED_HOSTS=${new URL(simulator.url).host}

@fal-ai/client:
  createFalClient({
    credentials: 'demo:secret',
    fetch: (url, options) => fetch(String(url).replace('https://', '${simulator.url}/'), options),
  })

Faults: put [fault:NAME] into a prompt, or POST ${simulator.url}/_simulator/faults {"fault":"NAME"}.
What happened: GET ${simulator.url}/_simulator/state`)

function backupNote(url: string | undefined): string {
  return url === undefined ? '' : `\nFAL's backup hosts: ${url}`
}

function readConfigOrExit() {
  try {
    return readConfig()
  } catch (error) {
    return exit(error)
  }
}

function exit(error: unknown): never {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  const reason = error instanceof Error ? error.message : String(error)
  const advice = isTaken ? ' Set SIMULATOR_PORT to a free port.' : ''
  process.stderr.write(`The simulator could not start: ${reason}.${advice}\n`)
  process.exit(1)
}
