/** The `Prefer: wait=N` header (RFC 7240): a preference is never an error; unsupported ones are ignored. */
import { mostWaitSeconds } from '../schemas/job-parameters.ts'

/** Seconds to wait, at most 60; null when the header asks for none. The first `wait` counts. */
export function waitPreferred(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  for (const preference of text.split(/[,;]/)) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(preference)
    if (match?.[1] !== undefined) return Math.min(Number(match[1]), mostWaitSeconds)
  }
  return null
}
