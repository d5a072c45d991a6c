/** Explains why a command failed: a plain sentence for common causes, else the whole error. */
import { inspect } from 'node:util'
import { ConfigError } from '../config/config.ts'
import { ArchiveError } from '../domain/archive-error.ts'
import { NotComparedError } from '../jobs/maintenance/reconcile.ts'
import { EmbeddedPostgresError } from './embedded-postgres.ts'

/**
 * Codes of an unusable database: unreachable, not accepting connections, wrong password or user, missing database,
 * untrusted certificate.
 */
const unusable = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT'],
  ...['28P01', '28000', '3D000', '53300', '57P03'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_HAS_EXPIRED'],
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** What the database's client says without a code. */
const unusableInWords =
  /^(The server does not support SSL connections|There was an error establishing an SSL|timeout (expired|exceeded)|Connection terminated)/

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
  // The error of a name with several refusing addresses has only a code.
  if (unusable.has(code) || unusableInWords.test(error.message))
    return `the database cannot be used (${error.message || code}). Check DATABASE_URL.`
  // A failed migration wraps what the database or the way to it said.
  return error.cause === undefined ? null : commonCause(error.cause)
}
