/**
 * Turns an object key into paths below the folder; a key that would escape the folder or enter the service's own
 * areas is refused.
 */
import { sep } from 'node:path'
import { ArchiveError } from '../../../domain/archive-error.ts'

export const temporaryArea = '.tmp'
const metaArea = '.meta'

/** Where an object's bytes and the facts about it live; `dir` is absolute. Throws ArchiveError 'refused' for an unusable key. */
export function objectPaths(dir: string, key: string): { data: string; meta: string } {
  const segments = key.split('/')
  const fault = keyFault(key, segments)
  if (fault !== null)
    throw new ArchiveError('refused', `unusable object key ${JSON.stringify(key)}: ${fault}`)
  // The segments need no normalization.
  const inside = segments.join(sep)
  return { data: `${dir}${sep}${inside}`, meta: `${dir}${sep}${metaArea}${sep}${inside}.json` }
}

/** Whether a top-level name is one of the service's own areas rather than the start of a key. */
export const isOwnArea = (name: string): boolean => name === temporaryArea || name === metaArea

function keyFault(key: string, segments: readonly string[]): string | null {
  if (Buffer.byteLength(key) > 1024) return 'longer than 1024 bytes'
  if (hasControlCharacter(key)) return 'it has a control character'
  if (key.includes('\\')) return 'it has a backslash'
  if (!key.isWellFormed()) return 'it is not valid Unicode'
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'it has an empty, "." or ".." segment'
  }
  // 255 bytes is the limit of common file systems; ".json" is added to name the facts.
  if (segments.some((segment) => Buffer.byteLength(segment) > 240))
    return 'a segment is longer than 240 bytes'
  if (isOwnArea(segments[0] ?? '')) return 'its first segment is reserved'
  return null
}

const hasControlCharacter = (text: string): boolean =>
  [...text].some((character) => character < ' ' || character === '\u007f')
