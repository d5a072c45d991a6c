/** Opens the configured database and archive for the length of one command, without serving and without taking work. */
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Services } from '../services.ts'

/** Warnings go to the log on standard error. Throws ConfigError, and what `use` throws, after everything is closed. */
export async function withServices<T>(use: (services: Services) => Promise<T>, given?: Config): Promise<T> {
  // Much to load: not before the command's arguments were found to be right.
  const [{ readConfig }, { startEmbeddedPostgres }, { createLogger }, { secretsOf }, wiring] =
    await Promise.all([
      import('../config.ts'),
      import('../infra/postgres/embedded.ts'),
      import('../logger.ts'),
      import('../server.ts'),
      import('../services.ts'),
    ])
  const config = given ?? readConfig()
  await using opened = new AsyncDisposableStack()
  const log = createLogger({ level: 'warn', secrets: secretsOf(config), destination: process.stderr })
  let databaseUrl = config.databaseUrl
  if (databaseUrl === null) {
    const embedded = await startEmbeddedPostgres({
      dir: join(config.dataDir, 'postgres'),
      log,
      mustLast: config.production,
    })
    opened.defer(() => embedded.stop())
    databaseUrl = embedded.url
  }
  const secrets = await wiring.readSharedSecrets(databaseUrl, log)
  const services = await wiring.createServices({ ...config, role: 'api' }, databaseUrl, log, secrets)
  opened.defer(() => services.stop(1_000))
  await services.start()
  return await use(services)
}
