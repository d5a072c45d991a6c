/** The simulator and the service in one process, for `npm run demo` and `npm run dev`: nothing outside is called. */
import type { Logger } from 'pino'
import { type Config, readConfig } from '../../config/config.ts'
import { type RunningService, secretsOf, startService } from '../../server.ts'
import { readConfig as readSimulatorConfig } from '../../simulator/config.ts'
import { type Simulator, startSimulator } from '../../simulator/simulator.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { openOnFreePort } from './free-port.ts'

export interface LocalStack {
  simulator: Simulator
  service: RunningService
  config: Config
  log: Logger
  /** Works on every route: it belongs to the admin of the client `default`. */
  apiKey: string
}

export interface LocalStackOptions {
  /** Everything started is put on it, to be stopped in reverse order. */
  running: AsyncDisposableStack
  /** The service's variables; those that aim it at FAL are set here, whatever they say. */
  environment: Record<string, string | undefined>
  /** Preferred ports; a free one is used when they are taken. */
  ports: { service: number; simulator: number }
  /** Simulated seconds per real second. */
  speed: number
  /** File for the service's log; absent = standard output. */
  logTo?: { write(line: string): void }
}

const localKey = 'fal-jobs-local-admin-key'

/** Resolves when the service is ready. What was started before a failure is on `running`. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { running, environment, ports, speed, logTo } = options
  const { script, models } = readSimulatorConfig(environment)
  const simulator = await openOnFreePort(ports.simulator, '127.0.0.1', (port) =>
    startSimulator({ port, speed, script, models }),
  )
  running.defer(() => simulator.close())
  // The port is part of the configuration, so another port means another start.
  const opened = await openOnFreePort(ports.service, environment.HOST || '127.0.0.1', async (port) => {
    const config = readConfig({
      BOOTSTRAP_API_KEY: localKey,
      // The simulator makes its pictures in this same process: its delays say nothing of the service's.
      SHED_EVENT_LOOP_DELAY_MS: '0',
      ...environment,
      ...aimedAt(simulator),
      PORT: String(port),
      APP_URL: `http://127.0.0.1:${port}`,
    })
    const log = createLogger({
      level: config.logLevel,
      secrets: secretsOf(config),
      ...(logTo === undefined ? {} : { destination: logTo }),
    })
    return { config, log, service: await startService(config, log) }
  })
  running.defer(() => opened.service.stop())
  return { simulator, ...opened, apiKey: opened.config.bootstrapApiKey ?? localKey }
}

/** A real key in the environment must neither be needed nor used here: nothing may cost money. */
function aimedAt(simulator: Simulator): Record<string, string> {
  return {
    NODE_ENV: 'development',
    FAL_KEY: 'local:not-a-real-key',
    FAL_KEY_FILE: '',
    FAL_KEY_NEW: '',
    FAL_KEY_NEW_FILE: '',
    FAL_ACCOUNT_ID: '',
    FAL_ALLOW_LOOPBACK: '1',
    FAL_QUEUE_BASE: simulator.queueBase,
    FAL_API_BASE: simulator.restBase,
    FAL_PLATFORM_BASE: simulator.platformBase,
    FAL_SCHEMA_BASE: simulator.schemaBase,
    FAL_JWKS_URL: simulator.jwksUrl,
    ARCHIVE_ALLOWED_HOSTS: new URL(simulator.url).host,
    CALLBACK_ALLOW_PRIVATE: '1',
  }
}
