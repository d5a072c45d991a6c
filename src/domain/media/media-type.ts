/** What a media type allows: which a browser may show in place, which of two claims about a file is believed, which are wanted. */
import { typeByName } from './type-by-name.ts'

/** Types that a browser shows without running anything in them; SVG, HTML, XML and PDF are not among them. */
const shownInPlace = /^(image\/(png|jpeg|webp|gif|avif|apng|bmp)|video\/[\w.+-]+|audio\/[\w.+-]+)$/

/** Whether a file of this type may be shown in the browser; else it is only offered for download. */
export const isInlineSafe = (contentType: string): boolean => shownInPlace.test(essence(contentType))

/** Container formats: a sniffer that reports one of these knows less than a declared, more specific type. */
const containers = new Set([
  'application/xml',
  'application/zip',
  'application/gzip',
  'application/x-cfb',
  'application/ogg',
  'application/octet-stream',
  'text/plain',
])

/** Different spellings, or different doors of the same container: no contradiction. */
const families: readonly (readonly string[])[] = [
  ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  ['audio/mpeg', 'audio/mp3'],
  ['audio/flac', 'audio/x-flac'],
  ['audio/ogg', 'audio/opus', 'audio/vorbis', 'video/ogg'],
  ['audio/mp4', 'audio/x-m4a', 'audio/m4a', 'audio/aac', 'video/mp4', 'video/quicktime', 'video/x-m4v'],
  ['audio/webm', 'video/webm', 'video/x-matroska', 'video/matroska', 'audio/x-matroska'],
  ['image/jpeg', 'image/jpg', 'image/pjpeg'],
  ['image/png', 'image/apng', 'image/vnd.mozilla.apng'],
  ['image/bmp', 'image/x-ms-bmp'],
]

export interface JudgedType {
  contentType: string
  /** The sniffed type, when it contradicts the declared one. */
  mismatch: { declared: string; real: string } | null
}

/**
 * The type a file is stored with. What its bytes say (`real`) counts first, its name where bytes do not distinguish
 * such formats, and what was declared where neither decides, or where it says more than a container.
 */
export function judgeType(declared: string | null, real: string | null, fileName: string | null): JudgedType {
  const found = real === null ? null : essence(real)
  const named = typeByName(fileName, found)
  if (named !== null) return { contentType: named, mismatch: null }
  const claim = declared === null ? null : essence(declared)
  if (found === null) return { contentType: claim ?? 'application/octet-stream', mismatch: null }
  if (claim === null || isVague(claim)) return { contentType: found, mismatch: null }
  if (containers.has(found) || sameFamily(claim, found)) return { contentType: claim, mismatch: null }
  return { contentType: found, mismatch: { declared: claim, real: found } }
}

/** `allowed` holds `type/subtype` and `type/*`, in lower case; an empty list allows all. */
export function isTypeAllowed(contentType: string, allowed: readonly string[]): boolean {
  const type = essence(contentType)
  const group = `${type.split('/', 1)[0]}/*`
  return allowed.length === 0 || allowed.includes(type) || allowed.includes(group) || allowed.includes('*/*')
}

/** Whether an image, video or audio was promised but a page or message arrived: no media type is text. */
export function isPageInsteadOfMedia(promised: string | null, served: string | null): boolean {
  if (promised === null || served === null) return false
  return (
    /^(image|video|audio)\//.test(essence(promised)) &&
    /^(text\/html|application\/json)$/.test(essence(served))
  )
}

/** Type and subtype in lower case, without parameters. */
const essence = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()

const isVague = (type: string): boolean =>
  type === '' || type === 'application/octet-stream' || type === 'binary/octet-stream' || !type.includes('/')

const sameFamily = (one: string, other: string): boolean =>
  one === other || families.some((family) => family.includes(one) && family.includes(other))
