/**
 * Downloads the files that FAL names: only from allowed hosts and public addresses, with timeouts and limits, never
 * with credentials.
 */
import type { LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import { request } from 'undici'
import { ArchiveError } from '../../domain/archive-error.ts'
import { isFileHost } from '../../domain/fal-hosts.ts'
import { createMediaHostRules, type MediaHostRules } from '../../domain/media/media-host-rules.ts'
import {
  type MediaSource,
  type OpenedSource,
  type OpenOptions,
  smallFileBytes,
} from '../../ports/media-source.ts'
import { type BodyLimits, checkedBody, readWhole } from './checked-body.ts'
import { dataUriSource } from './data-uri.ts'
import { createDownloadSlots, type DownloadSlots } from './download-slots.ts'
import { fetchError, statusError } from './fetch-errors.ts'
import { createGuardedAgent } from './guarded-agent.ts'
import type { OutgoingProxy } from './proxy-tunnel.ts'
import { createSpareBuffers, type SpareBuffers } from './spare-buffers.ts'

export interface MediaSourceOptions {
  /** Hosts beside FAL's, as `host` or `host:port`; these may be private and may be http. */
  allowedHosts: readonly string[]
  maxBytes: number
  headersTimeoutMs: number
  /** Maximum pause between two chunks of the body. */
  bodyTimeoutMs: number
  /** Default 10 s. */
  connectTimeoutMs?: number
  /** Minimum average rate in bytes per second once `bodyTimeoutMs` have passed; default none. */
  minBytesPerSecond?: number
  lookup?: LookupFunction
  /** The operator's proxy. Default: none. */
  proxy?: OutgoingProxy | null
  /** Maximum concurrent downloads, in total and per host; default no limit. */
  concurrency?: number
  perHostConcurrency?: number
}

export type ClosableMediaSource = MediaSource & { close(): Promise<void> }

const redirectLimit = 3
/** Reused for all files. */
const mostSpare = 8
const redirectStatuses = new Set([301, 302, 303, 307, 308])

/** `https:` URLs of FAL's hosts, URLs of named hosts, and `data:` URIs. Throws for a malformed entry of `allowedHosts`. */
export function createMediaSource(options: MediaSourceOptions): ClosableMediaSource {
  const rules = createMediaHostRules(options.allowedHosts)
  const agent = createGuardedAgent({
    allowPrivate: rules.isNamed,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    proxy: options.proxy ?? null,
    isTrusted: isFileHost,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  })
  const slots = createDownloadSlots({
    total: options.concurrency ?? Number.POSITIVE_INFINITY,
    perHost: options.perHostConcurrency ?? Number.POSITIVE_INFINITY,
  })
  const ways = { options, rules, agent, slots, spare: createSpareBuffers(mostSpare) }
  return {
    open: (url, asked = {}) =>
      /^data:/i.test(url) ? openDataUri(url, options) : openRemote(url, ways, asked),
    close: () => agent.close(),
  }
}

interface Ways {
  options: MediaSourceOptions
  rules: MediaHostRules
  agent: Agent
  slots: DownloadSlots
  spare: SpareBuffers
}

/** Holds a slot of the first host from before the request until the opened file is closed. */
async function openRemote(
  url: string,
  ways: Ways,
  { signal, clientId = '', bytes = null }: OpenOptions,
): Promise<OpenedSource> {
  const first = parseUrl(url)
  ways.rules.check(first)
  const release = await ways.slots.take({ host: first.host, clientId, bytes }, signal)
  try {
    const opened = await followed(first, ways, signal)
    return {
      ...opened,
      close() {
        opened.close()
        release()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

async function followed(first: URL, ways: Ways, signal?: AbortSignal): Promise<OpenedSource> {
  let target = first
  for (let redirects = 0; redirects <= redirectLimit; redirects++) {
    ways.rules.check(target)
    const response = await ask(target, ways, signal)
    if (!redirectStatuses.has(response.statusCode)) return readResponse(target, response, ways)
    discard(response.body)
    target = redirectTarget(target, response.headers.location)
  }
  throw new ArchiveError('refused', `${place(target)}: more than ${redirectLimit} redirects`)
}

async function ask(target: URL, { agent, options }: Ways, signal?: AbortSignal) {
  try {
    return await request(target, {
      dispatcher: agent,
      headersTimeout: options.headersTimeoutMs,
      bodyTimeout: options.bodyTimeoutMs,
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'fal-jobs' },
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    throw fetchError(error, place(target))
  }
}

async function readResponse(
  target: URL,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { options, spare }: Ways,
): Promise<OpenedSource> {
  const contentLength = parseLength(headers['content-length'])
  const fault = responseFault(statusCode, headers, contentLength, options.maxBytes)
  if (fault !== null) {
    discard(body)
    throw new ArchiveError(fault.trouble, `${place(target)} ${fault.reason}`)
  }
  const limits = { ...options, place: place(target) }
  const contentType = single(headers['content-type'])
  if (contentLength !== null && contentLength <= smallFileBytes) {
    return { ...(await takeWhole(body, spare, { ...limits, contentLength })), contentType }
  }
  const checked = checkedBody(body, { ...limits, contentLength })
  return { body: checked, contentLength, contentType, close: () => checked.destroy() }
}

async function takeWhole(
  body: Readable,
  spare: SpareBuffers,
  limits: BodyLimits & { contentLength: number },
): Promise<Omit<OpenedSource, 'contentType'>> {
  const { contentLength } = limits
  const content = spare.take(contentLength)
  let isHeld = true
  const close = () => {
    if (isHeld) spare.giveBack(content)
    isHeld = false
  }
  try {
    await readWhole(body, content, limits)
    return { body: content, contentLength, close }
  } catch (error) {
    close()
    throw error
  }
}

function responseFault(
  status: number,
  headers: Dispatcher.ResponseData['headers'],
  contentLength: number | null,
  maxBytes: number,
): Pick<ReturnType<typeof statusError>, 'trouble' | 'reason'> | null {
  if (status !== 200) return statusError(status)
  const encoding = single(headers['content-encoding'])
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    return { trouble: 'broken', reason: `answered in encoding ${encoding}, though asked for none` }
  }
  if (contentLength !== null && contentLength > maxBytes) {
    return { trouble: 'broken', reason: `declares ${contentLength} bytes, over the cap of ${maxBytes}` }
  }
  return null
}

async function openDataUri(uri: string, { maxBytes }: MediaSourceOptions): Promise<OpenedSource> {
  const source = dataUriSource(uri)
  if (source.contentLength !== null && source.contentLength > maxBytes) {
    source.close()
    throw new ArchiveError(
      'broken',
      `the data: URI holds ${source.contentLength} bytes, over the cap of ${maxBytes}`,
    )
  }
  return source
}

function redirectTarget(from: URL, location: string | string[] | undefined): URL {
  const text = single(location)
  if (text === null || !URL.canParse(text, from.href)) {
    throw new ArchiveError('refused', `${place(from)} redirects to nowhere usable`)
  }
  return new URL(text, from.href)
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw new ArchiveError('refused', 'not an absolute URL')
  return url
}

function parseLength(header: string | string[] | undefined): number | null {
  const text = single(header)
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** Drains a short rest to keep the connection, destroys a long one; errors no longer matter. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.dump({ limit: 65_536 }).catch(() => body.destroy())
}

const single = (header: string | string[] | undefined): string | null =>
  (typeof header === 'string' ? header : header?.[0]) ?? null

/** Host and path for error texts, without the query, which may hold a signature. */
const place = (url: URL): string => `${url.host}${url.pathname}`
