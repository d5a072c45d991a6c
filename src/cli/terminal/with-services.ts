/** Opens the configured database and archive for the length of one command, without serving, migrating or taking work. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Services } from '../../services.ts'

/**
 * Warnings go to the log on standard error. Throws ConfigError, PlainError when there is no migrated database, and what
 * `use` throws, after everything is closed.
 */
export async function withServices<T>(use: (services: Services) => Promise<T>, given?: Config): Promise<T> {
  // Much to load: not before the command's arguments were found to be right.
  const [
    { readConfig },
    { startEmbeddedPostgres },
    { createLogger },
    { whatSchemaLacks },
    { PlainError },
    { secretsOf },
    { createServices },
    { readSharedSecrets },
  ] = await Promise.all([
    import('../../config/config.ts'),
    import('../../process/embedded-postgres.ts'),
    import('../../telemetry/logger.ts'),
    import('../../migrate.ts'),
    import('../../process/plain-failure.ts'),
    import('../../server.ts'),
    import('../../services.ts'),
    import('../../wiring/shared-secrets.ts'),
  ])
  const config = given ?? readConfig()
  await using opened = new AsyncDisposableStack()
  const log = createLogger({ level: 'warn', secrets: secretsOf(config), destination: process.stderr })
  let databaseUrl = config.databaseUrl
  if (databaseUrl === null) {
    const dir = join(config.dataDir, 'postgres')
    // Starting one would answer for an empty database where another was meant.
    if (!existsSync(dir))
      throw new PlainError(
        `DATABASE_URL is not set and there is no database in ${dir}. Set it, or run "fal-jobs migrate" to begin one there.`,
      )
    const embedded = await startEmbeddedPostgres({
      dir,
      log,
      mustLast: config.production,
    })
    opened.defer(() => embedded.stop())
    databaseUrl = embedded.url
  }
  const lacking = await whatSchemaLacks(databaseUrl)
  if (lacking !== null) throw new PlainError(`${lacking}: run "fal-jobs migrate".`)
  const secrets = await readSharedSecrets(databaseUrl, log)
  const services = await createServices({ ...config, role: 'api' }, databaseUrl, log, secrets)
  opened.defer(() => services.stop(1_000))
  await services.start()
  return await use(services)
}
