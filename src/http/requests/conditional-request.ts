/** Conditional and range requests for files (RFC 9110 §13 and §14), decided from headers alone. */

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
 * The requested bytes; null for all. Multiple ranges are answered with the whole file, as the RFC allows, and so is a
 * range of another version (`If-Range`; a date never matches, since none is sent).
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
  // A range that ends before its start is invalid and ignored.
  if (last !== '' && Number(last) < start) return null
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size ? 'unsatisfiable' : { start, end }
}
