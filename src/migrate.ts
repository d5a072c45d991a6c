/** Brings the database up to date: our tables, then the task engine's. Safe to run at every start of every replica. */
import { join } from 'node:path'
import type { Logger } from 'pino'
import { ConfigError, readConfig } from './config.ts'
import { openDatabase } from './infra/postgres/database.ts'
import { startEmbeddedPostgres } from './infra/postgres/embedded.ts'
import { migrateSchema } from './infra/postgres/migrate.ts'
import { createLogger } from './logger.ts'
import { migrateEngine } from './worker/engine.ts'

export async function migrate(databaseUrl: string, log: Logger): Promise<void> {
  const database = openDatabase({ url: databaseUrl, size: 2, log, applicationName: 'fal-jobs-migrate' })
  try {
    const applied = await migrateSchema(database.db)
    if (applied.length > 0) log.info({ applied }, 'database migrated')
  } finally {
    await database.close()
  }
  await migrateEngine({ url: databaseUrl, log })
}

async function main(): Promise<void> {
  const config = readConfig()
  const log = createLogger({ level: config.logLevel, secrets: [config.databaseUrl] })
  const embedded =
    config.databaseUrl === null
      ? await startEmbeddedPostgres({ dir: join(config.dataDir, 'postgres'), log })
      : null
  try {
    await migrate(config.databaseUrl ?? embedded?.url ?? '', log)
    log.info('the database is up to date')
  } finally {
    await embedded?.stop()
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    process.stderr.write(
      `${error instanceof ConfigError ? error.message : `migration failed: ${String(error)}`}\n`,
    )
    if (error instanceof Error && error.cause !== undefined)
      process.stderr.write(`cause: ${String(error.cause)}\n`)
    process.exit(1)
  })
}
