/** Opens the configured database and archive for the length of one command, without serving and without taking work. */
import { join } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import { startEmbeddedPostgres } from '../infra/postgres/embedded.ts'
import { createLogger } from '../logger.ts'
import { secretsOf } from '../server.ts'
import { createServices, readSharedSecrets, type Services } from '../services.ts'

/** Warnings go to the log on standard error. Throws ConfigError, and what `use` throws, after everything is closed. */
export async function withServices<T>(
  use: (services: Services) => Promise<T>,
  config: Config = readConfig(),
): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const log = createLogger({ level: 'warn', secrets: secretsOf(config), destination: process.stderr })
  let databaseUrl = config.databaseUrl
  if (databaseUrl === null) {
    const embedded = await startEmbeddedPostgres({ dir: join(config.dataDir, 'postgres'), log })
    opened.defer(() => embedded.stop())
    databaseUrl = embedded.url
  }
  const secrets = await readSharedSecrets(databaseUrl, log)
  const services = createServices({ ...config, role: 'api' }, databaseUrl, log, secrets)
  opened.defer(() => services.stop(1_000))
  await services.start()
  return await use(services)
}
