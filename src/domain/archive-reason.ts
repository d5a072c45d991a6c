/**
 * What clients read of a copy that failed: the kind of trouble and a sentence of ours. The reason as it happened names
 * hosts, buckets and folders; it stands in the log and in what operators see.
 */
import type { ArchiveError } from './archive-error.ts'

const sentences: Record<ArchiveError['trouble'], string> = {
  gone: 'the file is no longer where FAL put it',
  forbidden: 'the file may not be read',
  broken: 'the file arrived incomplete, or is not what was announced',
  refused: 'the file is not accepted: its host, its type or its redirects',
  foreign: 'the file is on a host that the operator has not allowed',
  later: 'the file could not be copied just now',
}

/** `later: the file could not be copied just now (file 3)` of a stored reason; null of none. */
export function publicReason(stored: string | null): string | null {
  if (stored === null) return null
  const [, trouble = ''] = /^(\w+): /.exec(stored) ?? []
  const [where = ''] = /\((?:file \d+|manifest)\)$/.exec(stored) ?? []
  const kind = isTrouble(trouble) ? trouble : 'later'
  return `${kind}: ${sentences[kind]}${where === '' ? '' : ` ${where}`}`
}

const isTrouble = (text: string): text is ArchiveError['trouble'] => Object.hasOwn(sentences, text)
