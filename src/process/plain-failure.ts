/** Explains why a command failed: a plain sentence for common causes, else the whole error. */
import { inspect } from 'node:util'
import { ConfigError } from '../config/config.ts'
import { ArchiveError } from '../domain/archive-error.ts'
import { ForeignTablesError } from '../infra/postgres/run-migrations.ts'
import { NotComparedError } from '../jobs/maintenance/reconcile.ts'
import { type DatabaseTrouble, databaseTrouble } from '../ports/database-trouble.ts'
import { EmbeddedPostgresError } from './embedded-postgres.ts'

const toCreate =
  'Make the role of DATABASE_URL the owner of the database, or GRANT it CREATE ON SCHEMA public and CREATE ON DATABASE.'
const toUse = 'Connect as the role that ran the migrations: it owns the tables.'

/** An error whose message says everything to the operator. */
export class PlainError extends Error {}

/** `what` opens the sentence, e.g. "fal-jobs could not start". A wrong configuration speaks for itself. Ends with a newline. */
export function plainFailure(what: string, error: unknown): string {
  if (error instanceof ConfigError) return `${error.message}\n`
  if (error instanceof EmbeddedPostgresError || error instanceof PlainError)
    return `${what}: ${error.message}\n`
  if (error instanceof ForeignTablesError) return `${what}: ${error.message}.\n`
  return `${what}: ${commonCause(error) ?? inspect(error)}\n`
}

function commonCause(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if (error instanceof NotComparedError) {
    const causes = error.errors.map((cause) => commonCause(cause) ?? inspect(cause))
    return `${error.message}: ${[...new Set(causes)].join(' ')}`
  }
  // Handle it first: its causes resemble those of a database.
  if (error instanceof ArchiveError) return `the archive cannot be used (${error.message}).`
  const code = 'code' in error ? String(error.code) : ''
  const where = 'address' in error && 'port' in error ? `${error.address}:${error.port}` : 'the address'
  if ('syscall' in error && error.syscall === 'listen') {
    if (code === 'EADDRINUSE') return `another program listens on ${where}. Set PORT to a free port.`
    if (code === 'EACCES') return `this user may not listen on ${where}. Set PORT to one above 1023.`
    if (code === 'EADDRNOTAVAIL') return `${where} is not an address of this machine. Correct HOST.`
  }
  // E.g. what `sslrootcert` in DATABASE_URL names.
  if ('syscall' in error && error.syscall === 'open' && 'path' in error)
    return `${error.path} cannot be read or written (${code}). Correct the setting that names it (DATABASE_URL for \`sslrootcert\`).`
  if (code === '42501') {
    const remedy = /for (schema|database)/.test(error.message) ? toCreate : toUse
    return `the database refuses it (${error.message}). ${remedy}`
  }
  const trouble = databaseTrouble(error)
  // The error of a name with several refusing addresses has only a code.
  if (trouble !== null)
    return `the database cannot be used (${error.message || code}). ${remedyOf(trouble, error.message)}`
  // A failed migration wraps what the database or the way to it said.
  return error.cause === undefined ? null : commonCause(error.cause)
}

/** What the operator can do about it. */
function remedyOf(trouble: DatabaseTrouble, message: string): string {
  if (/certificate/i.test(message))
    return 'Name the file of the authority that signed its certificate in DATABASE_URL: sslmode=verify-full&sslrootcert=/path/ca.pem.'
  return remedies[trouble]
}

const remedies: Record<DatabaseTrouble, string> = {
  unreachable: 'Check DATABASE_URL.',
  denied: 'Check DATABASE_URL.',
  full: 'Raise max_connections of the server or lower DATABASE_POOL_SIZE; a full disk needs space.',
  read_only: 'Point DATABASE_URL at the primary.',
  contended:
    'Another session holds a lock that is needed: end it (pg_stat_activity, pg_blocking_pids) and try again.',
  statement_lost:
    'A pooler in transaction mode loses prepared statements: use session mode, or PgBouncer 1.21 or later with max_prepared_statements above 0.',
}
