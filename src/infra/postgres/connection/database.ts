/** The connection pool and Kysely over it: types chosen so that nothing is lost between PostgreSQL and the code. */
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Logger } from '../../../ports/logger.ts'
import type { Database } from '../rows/schema.ts'
import { detectingSilence, keptAlive, silenceMs } from './liveness-client.ts'
import { PreparedStatementClient } from './prepared-statements.ts'

export interface OpenedDatabase {
  db: Kysely<Database>
  pool: pg.Pool
  close(): Promise<void>
}

const int8 = 20
const json = 114

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    // Micro-USD and counts stay far below 2^53; a value beyond it is a bug to hear about, not to round.
    if (oid === int8) return toSafeInteger
    // Kept as text: parsing would change integers beyond 2^53.
    if (oid === json) return (text: string) => text
    return pg.types.getTypeParser(oid, format)
  },
}

/** Nobody waits for a lock for longer: a row that a hung transaction or an operator holds is an error to come back from. */
const lockTimeoutMs = 3_000

/** Opens a pool of `size` connections. Connections are made when first needed; a lost one is replaced. */
export function openDatabase(options: {
  url: string
  size: number
  log: Pick<Logger, 'warn'>
  applicationName?: string
  /** No limit on statements and on waiting for one's turn: for migrations, which may build indexes for minutes. */
  unhurried?: boolean
  /** How long an answer may take before the connection counts as lost; 0 is for ever. */
  silenceMs?: number
}): OpenedDatabase {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size,
    types,
    application_name: options.applicationName ?? 'fal-jobs',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    // They go with the connection's first message, so they cost no statement.
    statement_timeout: options.unhurried === true ? false : 30_000,
    lock_timeout: options.unhurried === true ? 0 : lockTimeoutMs,
    idle_in_transaction_session_timeout: 60_000,
    ...keptAlive,
    Client: detectingSilence(
      options.silenceMs ?? (options.unhurried === true ? 0 : silenceMs),
      PreparedStatementClient,
    ),
    // Several statements may be on their way at once: see inTransaction.
    pipeline: true,
  })
  // Without listeners a connection lost to a database restart would end the process: the pool hears of idle ones only,
  // and one that is in use but waits for nothing (between two statements of a transaction) has nobody else to tell.
  pool.on('error', (error) => options.log.warn({ err: error }, 'idle database connection lost'))
  pool.on('connect', (client) => {
    client.on('error', (error) => options.log.warn({ err: error }, 'database connection lost'))
  })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, close: () => db.destroy() }
}

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
