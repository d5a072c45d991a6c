/** Parses a `date-time` of a request; the schema's format accepts leap seconds, which are refused here. */
import { AppError } from '../../domain/errors.ts'

/** Epoch milliseconds. @throws AppError INVALID_PARAMS that points at the field. */
export function timeOf(pointer: string, text: string): number {
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return time
  const message = 'Not a valid date-time.'
  throw new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code: 'format' }] })
}
