/** Page cursors: the id of the last row shown, in base64url; opaque to clients. */
import { wrongCursor } from '../../../ports/page.ts'

export const cursorOf = (uuid: string): string =>
  Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')

export function uuidOfCursor(cursor: string, pointer?: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex')
  if (hex.length !== 32) throw wrongCursor(pointer)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
