/** Brings the database up to date: our tables, then the task engine's. Safe to run at every start of every replica. */
import { join } from 'node:path'
import type { DestinationStream, Logger } from 'pino'
import { readConfig } from './config/config.ts'
import { checkMigrations } from './doctor/check-database.ts'
import { engineConnection, openDatabase } from './infra/postgres/connection/database.ts'
import { plain } from './infra/postgres/connection/transaction.ts'
import { migrateSchema } from './infra/postgres/run-migrations.ts'
import { awaitDatabase } from './process/await-database.ts'
import { startEmbeddedPostgres } from './process/embedded-postgres.ts'
import { plainFailure } from './process/plain-failure.ts'
import { createLogger } from './telemetry/logger.ts'
import { hasEngineSchema } from './worker/engine-tables.ts'
import { migrateEngine } from './worker/migrate-engine.ts'

/** Resolves with the names of the migrations that were applied now. */
export async function migrate(databaseUrl: string, log: Logger): Promise<string[]> {
  const database = openDatabase({
    url: databaseUrl,
    size: 2,
    log,
    applicationName: 'fal-jobs-migrate',
    unhurried: true,
  })
  let applied: string[]
  let hasSchema: boolean
  try {
    applied = await migrateSchema(database.db)
    hasSchema = await hasEngineSchema(plain(database.db))
    if (applied.length > 0) log.info({ applied }, 'database migrated')
  } finally {
    await database.close()
  }
  await migrateEngine({ url: databaseUrl, log, connection: engineConnection(), hasSchema })
  return applied
}

/**
 * Migrates the configured database and resolves with what was applied; a failure says why in plain words and ends the
 * process with 1. `destination` is where the log goes.
 */
export async function migrateFromEnvironment(destination?: DestinationStream): Promise<string[]> {
  return migrateConfigured(destination).catch((error: unknown) => {
    process.stderr.write(plainFailure('migration failed', error))
    process.exit(1)
  })
}

async function migrateConfigured(destination: DestinationStream | undefined): Promise<string[]> {
  const config = readConfig()
  const log = createLogger({
    level: config.logLevel,
    secrets: [config.databaseUrl, config.databaseDirectUrl],
    ...(destination === undefined ? {} : { destination }),
  })
  const embedded =
    config.databaseUrl === null
      ? await startEmbeddedPostgres({
          dir: join(config.dataDir, 'postgres'),
          log,
          mustLast: config.production,
        })
      : null
  try {
    const url = config.databaseDirectUrl ?? config.databaseUrl ?? embedded?.url ?? ''
    await awaitDatabase(url, { log, withinMs: config.databaseWaitMs })
    const applied = await migrate(url, log)
    log.info('the database is up to date')
    return applied
  } finally {
    await embedded?.stop()
  }
}

if (import.meta.main) await migrateFromEnvironment()

/** What keeps a command from using the database, in words; null when its schema is there. */
export async function whatSchemaLacks(url: string): Promise<string | null> {
  const { status, detail } = await checkMigrations(url)
  return status === 'failed' ? detail : null
}
