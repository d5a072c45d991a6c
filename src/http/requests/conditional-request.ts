/** The conditions and ranges of a file request (RFC 9110 §13 and §14), decided from headers alone. */

export interface ByteRange {
  start: number
  /** Inclusive. */
  end: number
}

/** Whether the caller already has this version (`If-None-Match`; compared weakly, as for GET). */
export function isKnownTo(ifNoneMatch: string | undefined, etag: string | null): boolean {
  if (ifNoneMatch === undefined || etag === null) return false
  if (ifNoneMatch.trim() === '*') return true
  return ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

/**
 * The bytes that are asked for; null for all of them. Several ranges at once are answered whole, as the RFC allows, and
 * so is a range of another version than this (`If-Range`; a date never matches, since none is told).
 */
export function rangeOf(
  headers: { range?: string | undefined; 'if-range'?: string | string[] | undefined },
  { size, etag }: { size: number; etag: string | null },
): ByteRange | 'unsatisfiable' | null {
  const ifRange = headers['if-range']
  if (ifRange !== undefined && ifRange !== etag) return null
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range?.trim() ?? '') ?? []
  if (first === '' && last === '') return null
  if (first === '') {
    const start = Math.max(0, size - Number(last))
    return start >= size ? 'unsatisfiable' : { start, end: size - 1 }
  }
  const start = Number(first)
  // An end before its start is no range at all and is ignored.
  if (last !== '' && Number(last) < start) return null
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size ? 'unsatisfiable' : { start, end }
}
