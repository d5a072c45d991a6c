/** Classifies HTTP and network failures into the kinds that decide whether a copy is retried. */
import { ArchiveError, type ArchiveTrouble } from '../../domain/archive-error.ts'
import { errorCode } from '../../domain/error-code.ts'
import { AddressRefused } from './guarded-agent.ts'

/** For any status but 200. */
export function statusError(status: number): { trouble: ArchiveTrouble; reason: string } {
  const reason = `answered ${status}`
  if (status === 404 || status === 410) return { trouble: 'gone', reason }
  if (status >= 500 || status === 408 || status === 425 || status === 429) return { trouble: 'later', reason }
  // A 2xx or 3xx without a file; a 4xx denies access.
  return { trouble: status < 400 ? 'broken' : 'forbidden', reason }
}

const wordsByCode: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'did not accept a connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped sending',
  UND_ERR_SOCKET: 'cut the connection',
  ECONNRESET: 'reset the connection',
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has no address',
  EAI_AGAIN: 'could not be looked up',
}

/** An error of undici or the network; `place` is host and path. */
export function fetchError(error: unknown, place: string): ArchiveError {
  if (error instanceof ArchiveError) return error
  const refusal = findRefusal(error)
  if (refusal !== null) return new ArchiveError('refused', `${place}: ${refusal.message}`, error)
  const code = errorCode(error)
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new ArchiveError('broken', `${place} sent another length than it declared`, error)
  }
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return new ArchiveError('later', `${place}: the download was stopped`, error)
  }
  const reason = (code === null ? undefined : wordsByCode[code]) ?? `failed: ${messageOf(error)}`
  return new ArchiveError('later', `${place} ${reason}`, error)
}

/** undici and happy eyeballs wrap errors in `cause` and `errors`. */
function findRefusal(error: unknown, depth = 0): AddressRefused | null {
  if (error instanceof AddressRefused) return error
  if (!(error instanceof Error) || depth > 4) return null
  const inner: unknown[] = error instanceof AggregateError ? [...error.errors, error.cause] : [error.cause]
  for (const one of inner) {
    const found = findRefusal(one, depth + 1)
    if (found !== null) return found
  }
  return null
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
