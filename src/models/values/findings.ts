/** What the check of one request found: errors that the caller must fix, and warnings about normalized values. */
import type { FieldError } from '../../domain/errors.ts'
import type { Warning } from './params.ts'

/** Where a value stands: `pointer` for errors (RFC 6901), `field` for warnings. */
export interface Place {
  readonly pointer: string
  readonly field: string
}

export interface Findings {
  readonly errors: FieldError[]
  readonly warnings: Warning[]
}

/** Further errors and warnings are not recorded: a request of megabytes must not cause as many texts. */
const mostRecorded = 100

export function createFindings(): Findings {
  return { errors: [], warnings: [] }
}

/** Records an error and answers null, the sign of a refused value. */
export function refuse(
  findings: Findings,
  at: Place,
  code: string,
  message: string,
  allowed?: readonly (string | number | boolean)[],
): null {
  if (findings.errors.length >= mostRecorded) return null
  const error = { pointer: at.pointer, message, code }
  findings.errors.push(allowed === undefined ? error : { ...error, allowed })
  return null
}

export function warn(findings: Findings, at: Place, from: unknown, to: unknown, reason: string): void {
  if (findings.warnings.length < mostRecorded) findings.warnings.push({ field: at.field, from, to, reason })
}

/** Beyond 2^53 a number has lost digits when it is read: what FAL would be sent is not what was asked. */
export function tooBig(at: Place, findings: Findings): null {
  return refuse(findings, at, 'wrong_type', 'Must be a whole number between -(2^53 - 1) and 2^53 - 1.')
}

/** From here on a double is written as a power of ten: its last digits were not meant. */
const power = 1e21

/** Whether a value that passes as it is has kept its digits. */
export function checkExact(value: unknown, at: Place, findings: Findings): boolean {
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(Number(value)) < power) {
    tooBig(at, findings)
    return false
  }
  if (typeof value !== 'object' || value === null) return true
  const members = Object.entries(value)
  return members.map(([key, member]) => checkExact(member, placeWithin(at, key), findings)).every(Boolean)
}

/** The place of a normalized parameter. */
export function paramPlace(name: string): Place {
  return { pointer: `/${escapePointer(name)}`, field: name }
}

/** The place of a FAL field in the caller's `input`. */
export function inputPlace(field: string): Place {
  return { pointer: `/input/${escapePointer(field)}`, field: `input.${field}` }
}

/** The place of a member or item inside another value. */
export function placeWithin(at: Place, key: string | number): Place {
  return { pointer: `${at.pointer}/${escapePointer(String(key))}`, field: `${at.field}.${key}` }
}

function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
