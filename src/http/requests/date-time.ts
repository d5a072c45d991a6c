/** Reads a time of a request whose schema says `date-time`; that format lets leap seconds pass, which no clock here knows. */
import { AppError } from '../../domain/errors.ts'

/** Epoch milliseconds. @throws AppError INVALID_PARAMS that points at the field. */
export function timeOf(pointer: string, text: string): number {
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return time
  const message = 'This time does not exist.'
  throw new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code: 'format' }] })
}
