/** Names the archived copy of a file: the same file of the same job always gets the same key, and no name escapes its folder. */
import { isDistinctiveExtension } from './type-by-name.ts'

export interface ObjectKeyParts {
  clientId: string
  /** Epoch milliseconds of the job's creation. */
  createdAt: number
  jobId: string
  /** Place of the file among the job's files, from 0. */
  index: number
  /** As the source called it, or its URL's last segment; anything goes. */
  fileName: string | null
  contentType: string | null
}

/** `{client}/{yyyy}/{mm}/{jobId}/{index}-{name}`, each segment of `[A-Za-z0-9._-]` only, the name at most 100 characters. */
export function objectKey(parts: ObjectKeyParts): string {
  return `${jobFolder(parts)}/${parts.index}-${safeName(parts.fileName ?? '', parts.contentType)}`
}

/** The same for the small picture that stands for that file; no name of a file can make this key. */
export function thumbnailObjectKey(parts: ObjectKeyParts): string {
  return `${jobFolder(parts)}/${parts.index}.thumbnail-${safeName(parts.fileName ?? '', parts.contentType)}`
}

/** `{client}/{yyyy}/{mm}/{jobId}`: everything of one job lies below it. */
export function jobFolder(parts: Pick<ObjectKeyParts, 'clientId' | 'createdAt' | 'jobId'>): string {
  const created = new Date(parts.createdAt)
  return [
    safeSegment(parts.clientId),
    String(created.getUTCFullYear()).padStart(4, '0'),
    String(created.getUTCMonth() + 1).padStart(2, '0'),
    safeSegment(parts.jobId),
  ].join('/')
}

export interface KeyOwner {
  clientId: string
  jobId: string
}

/** The client and job of an object key; null for a key that this service would not have made. */
export function ownerOf(key: string): KeyOwner | null {
  const [, clientId, jobId] = ownShape.exec(key) ?? []
  return clientId === undefined || jobId === undefined ? null : { clientId, jobId }
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const ownShape = new RegExp(
  `^(cli_${uuid})/\\d{4}/\\d{2}/(job_${uuid})/(?:\\d+(?:\\.thumbnail)?-[A-Za-z0-9._-]+|manifest\\.json)$`,
)

const nameLimit = 100

/** Types whose usual extension differs from the subtype; the first extension is the one given, the others are let stand. */
const extensionsByType: Readonly<Record<string, readonly string[]>> = {
  'application/gzip': ['gz', 'tgz'],
  'application/json': ['json'],
  'application/pdf': ['pdf'],
  'application/x-tar': ['tar'],
  'application/zip': ['zip'],
  'audio/aac': ['aac'],
  'audio/flac': ['flac'],
  'audio/mp4': ['m4a', 'mp4'],
  'audio/mpeg': ['mp3'],
  'audio/ogg': ['ogg', 'oga', 'opus'],
  'audio/opus': ['opus'],
  'audio/vnd.wave': ['wav'],
  'audio/wav': ['wav'],
  'audio/wave': ['wav'],
  'audio/webm': ['webm', 'weba'],
  'audio/x-flac': ['flac'],
  'audio/x-m4a': ['m4a'],
  'audio/x-wav': ['wav'],
  'image/apng': ['png', 'apng'],
  'image/avif': ['avif'],
  'image/bmp': ['bmp'],
  'image/gif': ['gif'],
  'image/heic': ['heic'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/jpg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/svg+xml': ['svg'],
  'image/tiff': ['tif', 'tiff'],
  'image/webp': ['webp'],
  'model/gltf+json': ['gltf'],
  'model/gltf-binary': ['glb'],
  'model/obj': ['obj'],
  'model/stl': ['stl'],
  'text/csv': ['csv'],
  'text/html': ['html'],
  'text/plain': ['txt', 'md', 'srt', 'vtt', 'obj'],
  'text/vtt': ['vtt'],
  'video/matroska': ['mkv'],
  'video/mp4': ['mp4', 'm4v'],
  'video/quicktime': ['mov', 'qt'],
  'video/webm': ['webm'],
  'video/x-matroska': ['mkv'],
  'video/x-msvideo': ['avi'],
}

function safeName(fileName: string, contentType: string | null): string {
  const cleaned = safeText(fileName.split(/[/\\]/).at(-1) ?? '')
  const dot = cleaned.lastIndexOf('.')
  const given = dot > 0 && /^[A-Za-z0-9]{1,10}$/.test(cleaned.slice(dot + 1)) ? cleaned.slice(dot + 1) : null
  const extension = rightExtension(given?.toLowerCase() ?? null, contentType)
  const stem = (given === null ? cleaned : cleaned.slice(0, dot)).replace(/^[.-]+|[.-]+$/g, '') || 'file'
  return `${stem.slice(0, nameLimit - extension.length - 1).replace(/[.-]+$/, '')}.${extension}`
}

/** Types that say how a file is packed rather than what it is. */
const outsides = new Set(['application/zip', 'application/json', 'text/plain'])

/** The given extension when it says more than the type, fits it, or the type is not known to us; else the type's own. */
function rightExtension(given: string | null, contentType: string | null): string {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (given !== null && outsides.has(type) && isDistinctiveExtension(given)) return given
  const known = Object.hasOwn(extensionsByType, type) ? extensionsByType[type] : undefined
  if (known === undefined) return given ?? 'bin'
  return given !== null && known.includes(given) ? given : (known[0] ?? 'bin')
}

const safeSegment = (text: string): string => {
  const safe = safeText(text)
  return safe === '' || safe === '.' ? 'x' : safe
}

/** Accents are folded; what else is outside the safe alphabet becomes one hyphen. */
function safeText(text: string): string {
  const folded = text.normalize('NFKD').replace(/\p{M}+/gu, '')
  return folded
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, 200)
}
