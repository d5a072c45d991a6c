/** The names under which models put files, and what a name, an extension or a content type says of a file's kind. */
import type { MediaKind } from '../job.ts'

/** An address found directly in an object: under `key`, or in the list or map under it at `at` (as a path suffix). */
export interface NamedUrl {
  key: string
  at: string | null
  url: string
  thumbnail: boolean
}

export const thumbnailKeys: ReadonlySet<string> = new Set([
  'thumbnail',
  'thumbnail_url',
  'thumbnailUrl',
  'preview',
  'preview_url',
  'previewUrl',
  'preview_image',
  'preview_image_url',
  'poster',
  'poster_url',
])

/** Addresses that are not files: FAL's own queue URLs and documentation links. */
const notFiles = new Set([
  'status_url',
  'response_url',
  'cancel_url',
  'webhook_url',
  'callback_url',
  'docs_url',
  'license_url',
])

/** The same file again under another link, when `url` stands beside it. */
const alternates = new Set(['signed_url', 'download_url', 'signedUrl', 'downloadUrl'])

const addressKey = /(?:^|_)urls?$|Urls?$/
const mediaKey =
  /^(?:image|video|audio|file|mask|frame|texture|output|result|media|clip|song|speech)s?$|^(?:thumbnail|preview|poster)(?:_image)?$/

/** Longer addresses are not fetched. */
const longestUrl = 8_192

/** The plain-string addresses directly in `object`, at most `most`; `parents` are the key names above it. */
export function namedUrls(
  object: Readonly<Record<string, unknown>>,
  parents: readonly string[],
  most: number,
): NamedUrl[] {
  const inUrlMap = /urls$/i.test(parents.at(-1) ?? '')
  const hasUrl = isMediaUrl(object.url)
  const named: NamedUrl[] = []
  for (const [key, value] of Object.entries(object)) {
    if (typeof value !== 'string' && !Array.isArray(value)) continue
    if (notFiles.has(key) || (hasUrl && alternates.has(key))) continue
    if (!addressKey.test(key) && !mediaKey.test(key) && !inUrlMap) continue
    const thumbnail = thumbnailKeys.has(key)
    if (isMediaUrl(value)) named.push({ key, at: null, url: value, thumbnail })
    for (const [at, item] of Array.isArray(value) ? value.entries() : []) {
      if (named.length >= most) break
      if (isMediaUrl(item)) named.push({ key, at: `[${at}]`, url: item, thumbnail })
    }
    if (named.length >= most) break
  }
  return named
}

/** http(s) or a `data:` URI with a media type. */
export function isMediaUrl(value: unknown): value is string {
  if (typeof value !== 'string') return false
  if (value.startsWith('data:')) return mimeOfDataUri(value) !== null
  return value.length <= longestUrl && /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value)
}

/** `image/png` of `data:image/png;base64,…`; null when it is no `data:` URI with a media type. */
export function mimeOfDataUri(url: string): string | null {
  return /^data:([\w.+-]+\/[\w.+-]+)[;,]/.exec(url.slice(0, 200))?.[1]?.toLowerCase() ?? null
}

const extensions: ReadonlyMap<string, MediaKind> = new Map([
  ...kinds('image', 'png jpg jpeg webp gif avif bmp tif tiff svg heic heif exr hdr ico'),
  ...kinds('video', 'mp4 webm mov mkv avi m4v mpg mpeg ogv'),
  ...kinds('audio', 'mp3 wav ogg oga opus flac m4a aac aiff aif weba'),
  ...kinds(
    'file',
    'zip tar gz json txt csv srt vtt pdf glb gltf fbx obj mtl usdz ply stl safetensors bin onnx pt',
  ),
])

interface Clues {
  contentType: string | null
  url: string
  fileName: string | null
  keys: readonly string[]
}

/** Content type first, then the extension, then the nearest key name that says it; else `file`. */
export function kindFrom({ contentType, url, fileName, keys }: Clues): MediaKind {
  const family = contentType?.toLowerCase().split('/')[0]
  if (family === 'image' || family === 'video' || family === 'audio') return family
  const generic = contentType === null || /octet-stream|binary/i.test(contentType)
  if (!generic) return 'file'
  const byName = extensions.get(extensionOf(url)) ?? extensions.get(extensionOf(fileName ?? ''))
  if (byName !== undefined) return byName
  for (const key of keys.toReversed()) {
    if (/zip|archive|lora|config|model|caption/i.test(key)) return 'file'
    if (/video|clip|movie/i.test(key)) return 'video'
    if (/audio|speech|music|song|sound|vocals|drums|bass|guitar|piano/i.test(key)) return 'audio'
    if (/image|picture|photo|mask|frame|texture|thumbnail|preview|poster/i.test(key)) return 'image'
  }
  return 'file'
}

function extensionOf(name: string): string {
  if (name.startsWith('data:')) return ''
  const path = URL.canParse(name) ? new URL(name).pathname : name
  return /\.([a-z0-9]{1,12})$/i.exec(path)?.[1]?.toLowerCase() ?? ''
}

function kinds(kind: MediaKind, list: string): [string, MediaKind][] {
  return list.split(' ').map((extension) => [extension, kind])
}
