/** The connection pool and Kysely over it: type parsers are chosen so that no value loses precision. */
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Logger } from '../../../ports/logger.ts'
import type { Database } from '../rows/schema.ts'
import { detectingSilence, keptAlive, silenceMs } from './liveness-client.ts'
import { PreparedStatementClient } from './prepared-statements.ts'
import { replacingReadOnly } from './read-only-sessions.ts'
import { engineTimeouts, migrationTimeouts, withSession, workTimeouts } from './session-settings.ts'
import { createWritePermits, limitWriters } from './write-permits.ts'

export interface OpenedDatabase {
  db: Kysely<Database>
  pool: pg.Pool
  /** `waiting`: reads and transactions that wait for one. */
  connections(): { total: number; idle: number; waiting: number }
  close(): Promise<void>
}

const int8 = 20
const json = 114

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    // Micro-USD and counts stay far below 2^53; a larger value is a bug, so it throws instead of being rounded.
    if (oid === int8) return toSafeInteger
    // Kept as text: parsing would change integers beyond 2^53.
    if (oid === json) return (text: string) => text
    return pg.types.getTypeParser(oid, format)
  },
}

/** Opens a pool of `size` connections. Connections are made when first needed; a lost one is replaced. */
export function openDatabase(options: {
  url: string
  size: number
  log: Pick<Logger, 'warn'>
  applicationName?: string
  /** Without statement and lock timeouts: for migrations. */
  unhurried?: boolean
  /** How long an answer may take before the connection counts as lost; 0 disables the check. */
  silenceMs?: number
}): OpenedDatabase {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size,
    types,
    application_name: options.applicationName ?? 'fal-jobs',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    ...keptAlive,
    Client: detectingSilence(
      options.silenceMs ?? (options.unhurried === true ? 0 : silenceMs),
      replacingReadOnly(
        withSession(options.unhurried === true ? migrationTimeouts : workTimeouts, PreparedStatementClient),
      ),
    ),
    // Pipelines statements: see inTransaction.
    pipeline: true,
  })
  // Without listeners a connection lost to a database restart would end the process: the pool reports idle ones only,
  // and a connection between two statements of a transaction has no other listener.
  // The pool adds the whole client to the error, so only its text and code are logged.
  const lost = ({ message, ...rest }: Error) => ({
    reason: message,
    ...('code' in rest ? { code: rest.code } : {}),
  })
  pool.on('error', (error) => options.log.warn(lost(error), 'idle database connection lost'))
  pool.on('connect', (client) => {
    client.on('error', (error) => options.log.warn(lost(error), 'database connection lost'))
  })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const permits = createWritePermits(options.size)
  limitWriters(db, permits)
  const connections = () => ({
    total: pool.totalCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount + permits.waiting(),
  })
  return {
    db,
    pool,
    connections,
    async close() {
      await db.destroy()
      // Kysely ends only a pool that it has used.
      if (!pool.ending) await pool.end()
    },
  }
}

/** Settings of the engine's own connections. */
export const engineConnection = (): pg.PoolConfig => ({
  ...keptAlive,
  Client: detectingSilence(silenceMs, replacingReadOnly(withSession(engineTimeouts))),
})

/** A bigint that a number cannot hold exactly. The query that met it fails as a whole. */
export class UnsafeIntegerError extends RangeError {
  constructor(text: string) {
    super(`integer out of range: ${text}`)
    this.name = 'UnsafeIntegerError'
  }
}

function toSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new UnsafeIntegerError(text)
  return value
}
