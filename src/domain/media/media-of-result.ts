/**
 * Every file of a result, wherever the model put it: the whole JSON is walked and the files are sorted by path, so the
 * same result gives the same list on every channel. Pure; decides nothing about which files are copied.
 */
import { hash } from 'node:crypto'
import type { Media, MediaKind } from '../job.ts'
import {
  isMediaUrl,
  kindFrom,
  mimeOfDataUri,
  type NamedUrl,
  namedUrls,
  thumbnailKeys,
} from './media-names.ts'

const deepest = 100
/** Of one job. */
export const mostFiles = 1_000
/** Files found before equal ones are merged: the walk ends here, however many a result names. */
const mostFound = 4_000
/** Of a path, and of a field name in it, in characters: a result may have long names above a thousand files. */
const longestPath = 1_000

/** A file as the walk finds it: `url` is its address or the `data:` URI itself. */
interface Found {
  path: string
  url: string
  /** Key names from the root to the file, for the kind when nothing else shows it. */
  keys: string[]
  /** The object that describes the file; null when only its address is known. */
  described: Readonly<Record<string, unknown>> | null
  thumbnailUrl: string | null
}

/** A file with the other places of the result that name it. */
export type FoundMedia = Media & { alsoAt?: readonly string[] }

/**
 * The files of a parsed result by path, de-duplicated by URL, without those whose URL stood in the input. A list longer
 * than `mostFiles` says that there are more than a job can have.
 */
export function findMedia(result: unknown, inputUrls: ReadonlySet<string> = new Set()): FoundMedia[] {
  const byUrl = new Map<string, FoundMedia>()
  for (const found of filesIn(result).toSorted((a, b) => comparePaths(a.path, b.path))) {
    if (inputUrls.has(found.url)) continue
    if (byUrl.size > mostFiles) break
    const known = byUrl.get(found.url)
    if (known === undefined) byUrl.set(found.url, toMedia(found, byUrl.size))
    else byUrl.set(found.url, withMore(known, toMedia(found, known.index)))
  }
  // A preview that is a file of its own is not copied twice.
  return [...byUrl.values()].map((file) =>
    file.thumbnailUrl !== null && byUrl.has(file.thumbnailUrl) ? { ...file, thumbnailUrl: null } : file,
  )
}

const numbered = new Intl.Collator('en', { numeric: true })

/** Alike on every channel, whatever the order of keys: `images[2]` before `images[10]`. */
export const comparePaths = (a: string, b: string): number =>
  numbered.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)

/** The files whose URL did not stand in the input, numbered anew. */
export function withoutEchoes(media: readonly FoundMedia[], inputUrls: ReadonlySet<string>): FoundMedia[] {
  return media
    .filter(({ sourceUrl }) => sourceUrl === null || !inputUrls.has(sourceUrl))
    .map((file, index) => (file.index === index ? file : { ...file, index }))
}

/** Every URL (and `data:` URI) standing anywhere in an input: what a result may echo. */
export function urlsIn(input: unknown): Set<string> {
  const urls = new Set<string>()
  const visit = (value: unknown, depth: number): void => {
    if (typeof value === 'string') {
      if (isMediaUrl(value)) urls.add(value)
    } else if (typeof value === 'object' && value !== null && depth < deepest) {
      for (const child of Object.values(value)) visit(child, depth + 1)
    }
  }
  visit(input, 0)
  return urls
}

/** The URL or `data:` URI of each file by the path that `findMedia` gives it. */
export function sourcesOf(result: unknown): Map<string, string> {
  const sources = new Map<string, string>()
  for (const { path, url } of filesIn(result)) if (!sources.has(path)) sources.set(path, url)
  return sources
}

/** The `data:` URIs of the files that came inside the result, by the path that `findMedia` gives them. */
export const inlineFiles = (result: unknown): Map<string, string> =>
  new Map(filesIn(result).flatMap(({ path, url }) => (url.startsWith('data:') ? [[path, url]] : [])))

function filesIn(result: unknown): Found[] {
  const found: Found[] = []
  walk(result, { path: '', keys: [], depth: 0 }, found)
  return found
}

interface Place {
  path: string
  keys: string[]
  depth: number
}

function walk(value: unknown, place: Place, found: Found[]): void {
  if (place.depth > deepest || found.length >= mostFound) return
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      // Most items of a long list are numbers or texts.
      if (typeof item !== 'object' || item === null) continue
      walk(item, { path: `${place.path}[${at}]`, keys: place.keys, depth: place.depth + 1 }, found)
    }
    return
  }
  if (typeof value === 'object' && value !== null) walkObject(value as Record<string, unknown>, place, found)
}

function walkObject(object: Record<string, unknown>, place: Place, found: Found[]): void {
  const named = namedUrls(object, place.keys, mostFound - found.length)
  const own = named.filter(({ thumbnail }) => !thumbnail)
  const byKey = Map.groupBy(own, ({ key }) => key)
  const before = found.length
  for (const [key, value] of Object.entries(object)) {
    if (thumbnailKeys.has(key)) continue
    for (const entry of byKey.get(key) ?? []) found.push(toFound(entry, object, place, own.length === 1))
    if (typeof value === 'object' && value !== null) walk(value, inside(place, key), found)
  }
  attachThumbnails(object, named, place, found, before)
}

/** A thumbnail belongs to the one file beside it; if that is ambiguous it is a file of its own. */
function attachThumbnails(
  object: Record<string, unknown>,
  named: readonly NamedUrl[],
  place: Place,
  found: Found[],
  before: number,
): void {
  if (found.length >= mostFound) return
  for (const [key, value] of Object.entries(object)) {
    if (!thumbnailKeys.has(key)) continue
    const inner: Found[] = []
    for (const entry of named) if (entry.key === key) inner.push(toFound(entry, object, place, false))
    walk(value, inside(place, key), inner)
    const [only, ...others] = inner
    const beside = found.slice(before)
    const owner =
      beside.find((file) => file.described === object) ?? (beside.length === 1 ? beside[0] : undefined)
    if (isPicture(only) && others.length === 0 && owner?.thumbnailUrl === null) owner.thumbnailUrl = only.url
    else found.push(...inner)
  }
}

function isPicture(found: Found | undefined): found is Found {
  if (found === undefined || found.url.startsWith('data:')) return false
  const { kind } = toMedia(found, 0)
  return kind === 'image' || kind === 'file'
}

function toFound(entry: NamedUrl, object: Record<string, unknown>, place: Place, alone: boolean): Found {
  // An object that *is* a file carries its address under `url`; the file's name is then the object's own.
  const isFile = entry.key === 'url' && entry.at === null && place.path !== ''
  const at = inside(place, entry.key)
  return {
    path: cut(isFile ? place.path : entry.at === null ? at.path : `${at.path}${entry.at}`),
    url: entry.url,
    keys: at.keys,
    described: entry.at === null && (entry.key === 'url' || alone) ? object : null,
    thumbnailUrl: null,
  }
}

/** Equal for equal texts, and different for different ones. */
function cut(text: string): string {
  if (text.length <= longestPath) return text
  return `${text.slice(0, longestPath - 70).toWellFormed()}…#${hash('sha256', text)}`
}

function inside(place: Place, name: string): Place {
  const key = cut(name)
  const step = /^[\w-]+$/.test(key) ? (place.path === '' ? key : `.${key}`) : `[${JSON.stringify(key)}]`
  return { path: cut(`${place.path}${step}`), keys: [...place.keys, key], depth: place.depth + 1 }
}

function toMedia({ path, url, keys, described, thumbnailUrl }: Found, index: number): Media {
  const dataType = mimeOfDataUri(url)
  const declared = dataType ?? text(described?.content_type) ?? text(described?.contentType)
  const fileName = text(described?.file_name) ?? text(described?.fileName)
  return {
    index,
    path,
    kind: kindFrom({ contentType: declared, url, fileName, keys }),
    sourceUrl: dataType === null ? url : null,
    contentType: declared,
    fileName,
    bytes: whole(described?.file_size ?? described?.fileSize),
    width: size(described?.width),
    height: size(described?.height),
    durationSeconds: seconds(described),
    thumbnailUrl,
    archive: null,
  }
}

/** The same file described twice: the second description fills fields missing from the first. */
function withMore(first: FoundMedia, second: Media): FoundMedia {
  return {
    ...first,
    alsoAt: [...(first.alsoAt ?? []), second.path],
    kind: kindOf(first.kind, second.kind),
    contentType: first.contentType ?? second.contentType,
    fileName: first.fileName ?? second.fileName,
    bytes: first.bytes ?? second.bytes,
    width: first.width ?? second.width,
    height: first.height ?? second.height,
    durationSeconds: first.durationSeconds ?? second.durationSeconds,
    thumbnailUrl: first.thumbnailUrl ?? second.thumbnailUrl,
  }
}

const kindOf = (first: MediaKind, second: MediaKind): MediaKind => (first === 'file' ? second : first)

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 500 ? value : null
const whole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
const size = (value: unknown): number | null => {
  const pixels = whole(value)
  return pixels === 0 ? null : pixels
}

function seconds(described: Readonly<Record<string, unknown>> | null): number | null {
  const positive = (value: unknown): number | null =>
    typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null
  const milliseconds = positive(described?.duration_ms)
  return positive(described?.duration) ?? (milliseconds === null ? null : milliseconds / 1000)
}
