/**
 * Names a `data:` URI by its type, size and hash instead of repeating it. Invariant: a value without such a URI is
 * returned as it is, and `restoreDataUris` gives back exactly what `shortenAlike` took out.
 */
import { createHash } from 'node:crypto'

/** What a view shows in place of a `data:` URI; `bytes` and `sha256` (lower-case hex) are those of the decoded file. */
export interface DescribedData {
  data: string
  bytes: number
  sha256: string
}

type Replace = (text: string) => unknown

/** Deeper values are left as they are. */
const deepest = 100

const head = /^data:([\w.+-]+\/[\w.+-]+)((?:;[^,;]{1,100}){0,5}),/i

/** null when the text is no `data:` URI with a media type. */
function headOf(text: string): RegExpExecArray | null {
  return /^data:/i.test(text) ? head.exec(text.slice(0, 300)) : null
}

export const isDataUri = (text: string): boolean => headOf(text) !== null

/** Every `data:` URI anywhere in the value replaced by its description. */
export const describeDataUris = <T>(value: T): T => replaceTexts(value, describe)

/** The `data:` URIs in the value, each once. */
function dataUrisIn(value: unknown): Set<string> {
  const found = new Set<string>()
  replaceTexts(value, (text) => {
    if (isDataUri(text)) found.add(text)
    return text
  })
  return found
}

/**
 * `input` with its `data:` URIs described, and the function that shortens other values alike. That leaves a URI whole
 * which `input` does not hold byte for byte, so that it can always be restored.
 */
export function shortenInput<T>(input: T): { input: T; alike: <V>(value: V) => V } {
  const described = new Map<string, DescribedData>()
  const named = new Set<string>()
  for (const uri of dataUrisIn(input)) {
    const description = describe(uri)
    // Two spellings of one file: only the first can be recognized by its description.
    if (typeof description === 'string' || named.has(nameOf(description))) continue
    named.add(nameOf(description))
    described.set(uri, description)
  }
  if (described.size === 0) return { input, alike: (value) => value }
  return {
    input: replaceTexts(input, (text) => described.get(text) ?? describe(text)),
    alike: (value) => replaceTexts(value, (text) => described.get(text) ?? text),
  }
}

/** The value with the `data:` URIs of `input` where it holds their descriptions. */
export function restoreDataUris<T>(value: T, input: unknown): T {
  const uris = new Map<string, string>()
  for (const uri of dataUrisIn(input)) {
    const description = describe(uri)
    if (typeof description === 'string' || uris.has(nameOf(description))) continue
    uris.set(nameOf(description), uri)
  }
  return restore(value, uris, 0) as T
}

/** Whether the value holds something that reads like a description. */
export function holdsDescription(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > deepest) return false
  return isDescription(value) || Object.values(value).some((member) => holdsDescription(member, depth + 1))
}

function restore(value: unknown, uris: ReadonlyMap<string, string>, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > deepest) return value
  if (isDescription(value)) return uris.get(nameOf(value)) ?? value
  return mapMembers(value, (member) => restore(member, uris, depth + 1))
}

/** A percent-encoded URI that cannot be decoded is described by its characters. */
function describe(uri: string): DescribedData | string {
  const found = headOf(uri)
  if (found === null) return uri
  const [{ length }, type = '', parameters = ''] = found
  const content = uri.slice(length)
  const bytes = /;\s*base64$/i.test(parameters) ? Buffer.from(content, 'base64') : percentDecoded(content)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { data: type.toLowerCase(), bytes: bytes.length, sha256 }
}

function percentDecoded(content: string): Buffer {
  try {
    return Buffer.from(decodeURIComponent(content))
  } catch {
    // It is not UTF-8: the description only has to be the same each time.
    return Buffer.from(content)
  }
}

const nameOf = ({ data, bytes, sha256 }: DescribedData): string => `${data} ${bytes} ${sha256}`

function isDescription(value: object): value is DescribedData {
  const { data, bytes, sha256 } = value as Partial<Record<string, unknown>>
  return typeof data === 'string' && typeof bytes === 'number' && typeof sha256 === 'string'
}

/** Copies only what changes: most values hold no `data:` URI. */
export function replaceTexts<T>(value: T, replace: Replace, depth = 0): T {
  if (typeof value === 'string') return replace(value) as T
  if (typeof value !== 'object' || value === null || depth > deepest) return value
  return mapMembers(value, (member) => replaceTexts(member, replace, depth + 1)) as T
}

function mapMembers(value: object, map: (member: unknown) => unknown): object {
  if (Array.isArray(value)) {
    const mapped = value.map(map)
    return mapped.some((member, at) => member !== value[at]) ? mapped : value
  }
  const members: [string, unknown][] = Object.entries(value)
  const mapped = members.map(([key, member]): [string, unknown] => [key, map(member)])
  return mapped.some(([, member], at) => member !== members[at]?.[1]) ? Object.fromEntries(mapped) : value
}
