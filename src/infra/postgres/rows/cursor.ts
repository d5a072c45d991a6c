/** Page cursors: the id of the last row shown, in base64url; opaque to clients. */
import { AppError } from '../../../domain/errors.ts'

export const cursorOf = (uuid: string): string =>
  Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')

export function uuidOfCursor(cursor: string, pointer = '#/query/cursor'): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex')
  if (hex.length !== 32) {
    throw new AppError('INVALID_PARAMS', 'The cursor is not one that this service gave.', {
      errors: [{ pointer, message: 'Use nextCursor of the page before.', code: 'invalid_cursor' }],
    })
  }
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
