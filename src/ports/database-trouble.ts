/**
 * The one classification of what PostgreSQL, its driver and the way to it report. HTTP, tasks, readiness and failed
 * starts use it, so that an outage is reported as an outage whatever form it takes.
 */
import { errorCode } from '../domain/error-code.ts'

/**
 * `unreachable`: no connection, or it was lost. `denied`: the server refuses the login, the database name or TLS. `full`:
 * no connection, memory or disk is left. `read_only`: a standby, or a primary during a failover. `contended`: a lock, a
 * deadlock or a time limit; another try may succeed. `statement_lost`: a pooler gave the connection to another process.
 */
export type DatabaseTrouble = 'unreachable' | 'denied' | 'full' | 'read_only' | 'contended' | 'statement_lost'

/** null for an error that another try would meet again, or that did not come from the database. */
export function databaseTrouble(error: unknown): DatabaseTrouble | null {
  if (!(error instanceof Error)) return null
  const code = errorCode(error) ?? ''
  return (
    bySqlState(code) ?? (isOfConnecting(error, code) ? 'unreachable' : (byTls(code) ?? byText(error.message)))
  )
}

/** SQLSTATE of a statement refused because the session or the server is read-only. */
export const readOnlyState = '25006'

const sqlStates: readonly (readonly [RegExp, DatabaseTrouble])[] = [
  // 57P01–57P05: shutting down, crashed, starting up, database dropped, idle too long.
  [/^(08|57P)/, 'unreachable'],
  [/^(28|3D000$)/, 'denied'],
  [/^53/, 'full'],
  [/^25006$/, 'read_only'],
  // Serialization failure, deadlock, lock timeout, statement timeout or cancellation, idle in transaction.
  [/^(40|55P03$|57014$|25P03$)/, 'contended'],
  [/^(26000|42P05)$/, 'statement_lost'],
]

function bySqlState(code: string): DatabaseTrouble | null {
  return sqlStates.find(([pattern]) => pattern.test(code))?.[1] ?? null
}

const connectionCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
])

/** A Unix socket that is gone is ENOENT, one that may not be used EACCES: with `connect`, unlike those of a file. */
function isOfConnecting(error: Error, code: string): boolean {
  if (connectionCodes.has(code)) return true
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
}

const tlsCodes =
  /^(ERR_(TLS|SSL|OSSL)_|CERT_|EPROTO$|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH)/

const byTls = (code: string): DatabaseTrouble | null => (tlsCodes.test(code) ? 'denied' : null)

/** What the driver reports without a code. */
const texts: readonly (readonly [RegExp, DatabaseTrouble])[] = [
  [/^(The server does not support SSL connections|There was an error establishing an SSL)/, 'denied'],
  [
    /^(Connection terminated|timeout (expired|exceeded)|Client has encountered a connection error)/,
    'unreachable',
  ],
  [/^Client was closed and is not queryable/, 'unreachable'],
]

function byText(message: string): DatabaseTrouble | null {
  return texts.find(([pattern]) => pattern.test(message))?.[1] ?? null
}

/**
 * The data itself is refused, and would be each time: PostgreSQL's data exceptions (22) and program limits (54), or a text
 * that is too long or too deep for this process to write.
 */
export function isUnstorable(error: unknown): boolean {
  if (error instanceof RangeError) return true
  return error instanceof Error && 'code' in error && /^(22|54)[0-9A-Z]{3}$/.test(String(error.code))
}
