/** Why a command could not do its work, for whoever typed it: plain words where the cause is a common one, else the whole error. */
import { inspect } from 'node:util'
import { ConfigError } from './config.ts'
import { EmbeddedPostgresError } from './infra/postgres/embedded.ts'

/** No way to the server; a wrong password or user; no such database. */
const unusable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '28P01', '28000', '3D000'])

/** `what` opens the sentence, e.g. "fal-jobs could not start". A wrong configuration speaks for itself. Ends with a newline. */
export function plainFailure(what: string, error: unknown): string {
  if (error instanceof ConfigError) return `${error.message}\n`
  if (error instanceof EmbeddedPostgresError) return `${what}: ${error.message}\n`
  return `${what}: ${commonCause(error) ?? inspect(error)}\n`
}

function commonCause(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? String(error.code) : ''
  const where = 'address' in error && 'port' in error ? `${error.address}:${error.port}` : 'the address'
  if ('syscall' in error && error.syscall === 'listen') {
    if (code === 'EADDRINUSE') return `another program listens on ${where}. Set PORT to a free port.`
    if (code === 'EACCES') return `this user may not listen on ${where}. Set PORT to one above 1023.`
    if (code === 'EADDRNOTAVAIL') return `${where} is not an address of this machine. Correct HOST.`
  }
  // Of a name with several addresses, each refused, only the code is told.
  if (unusable.has(code)) return `the database cannot be used (${error.message || code}). Check DATABASE_URL.`
  // A failed migration wraps what the database or the way to it said.
  return error.cause === undefined ? null : commonCause(error.cause)
}
