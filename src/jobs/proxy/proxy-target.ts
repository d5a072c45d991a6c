/**
 * Parses the target URL of a call of FAL's clients. Invariant: only FAL's queue, runs and the initiation of uploads
 * pass; no spelling of another host, and no ambiguous path.
 */
import { type FalService, falServiceOf } from '../../domain/fal-hosts.ts'

export type ProxyTarget =
  | { type: 'submit'; endpointId: string; query: URLSearchParams }
  /** A synchronous run: a submit whose result is waited for. */
  | { type: 'run'; endpointId: string; query: URLSearchParams }
  | { type: 'status'; requestId: string; logs: boolean }
  | { type: 'stream'; requestId: string; logs: boolean }
  | { type: 'result'; requestId: string }
  | { type: 'cancel'; requestId: string }
  /** `path` with its query on FAL's REST host. */
  | { type: 'storage'; path: string }
  /** A call of FAL's clients that this service does not serve. */
  | { type: 'unsupported'; why: string }

const storageCalls = /^\/storage\/upload\/(?:initiate|initiate-multipart|complete-multipart)$/
/** Clients name FAL's storage in several ways, or not at all. */
const storageQuery = /^(?:\?storage_type=(?:fal-cdn-v3|fal-cdn|gcs))?$/

const hosts: Record<FalService, string> = {
  queue: 'https://queue.fal.run',
  run: 'https://fal.run',
  rest: 'https://rest.fal.ai',
}

/** The same for a call whose path stands below this service's own address of one of FAL's services. */
export const readPath = (method: string, service: FalService, path: string): ProxyTarget | null =>
  readTarget(method, hosts[service] + path)

/** null: not a target this service relays. */
export function readTarget(method: string, target: string): ProxyTarget | null {
  // Parsers disagree on backslashes, blanks, escapes and user names; none of them is ever needed here.
  if (!/^https:\/\/[!-~]+$/.test(target) || /[\\%@]/.test(target.split('?', 1)[0] ?? '')) return null
  if (!URL.canParse(target)) return null
  const url = new URL(target)
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '') return null
  const service = falServiceOf(url.hostname)
  if (service === 'queue') return readQueue(method, url)
  if (method !== 'POST') return null
  if (service === 'run') return readRun(url)
  return service === 'rest' ? readRest(url) : null
}

function readRest({ pathname, search }: URL): ProxyTarget | null {
  if (storageCalls.test(pathname) && storageQuery.test(search))
    return { type: 'storage', path: pathname + search }
  if (pathname.startsWith('/storage/auth/token')) {
    const why =
      'A token of FAL’s CDN is valid for the whole account and is not given out: upload by storage/upload/initiate.'
    return { type: 'unsupported', why }
  }
  return pathname.startsWith('/tokens') ? { type: 'unsupported', why: notDurable } : null
}

const notDurable =
  'Streams and realtime connections of FAL cannot be made durable and are not relayed: use the queue (fal.subscribe).'

function readRun({ pathname, searchParams }: URL): ProxyTarget | null {
  const segments = segmentsOf(pathname)
  if (segments === null || segments.length < 2) return null
  if (segments.at(-1) === 'stream' || segments.at(-1) === 'realtime')
    return { type: 'unsupported', why: notDurable }
  return { type: 'run', endpointId: segments.join('/'), query: searchParams }
}

function segmentsOf(pathname: string): string[] | null {
  const segments = pathname.replace(/\/$/, '').split('/').slice(1)
  return segments.every((segment) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(segment)) ? segments : null
}

/** `/{owner}/{app}[/…]` to submit, `/{owner}/{app}[/…]/requests/{id}[/…]` for the rest. */
function readQueue(method: string, { pathname, searchParams }: URL): ProxyTarget | null {
  const segments = segmentsOf(pathname)
  if (segments === null) return null
  const at = segments.indexOf('requests')
  if (at === -1) {
    if (method !== 'POST' || segments.length < 2) return null
    return { type: 'submit', endpointId: segments.join('/'), query: searchParams }
  }
  const [requestId, ...call] = segments.slice(at + 1)
  if (at < 2 || requestId === undefined) return null
  const logs = ['1', 'true'].includes(searchParams.get('logs') ?? '')
  switch (`${method} ${call.join('/')}`) {
    case 'GET status':
      return { type: 'status', requestId, logs }
    case 'GET status/stream':
      return { type: 'stream', requestId, logs }
    case 'GET ':
    case 'GET response':
      return { type: 'result', requestId }
    case 'PUT cancel':
      return { type: 'cancel', requestId }
    default:
      return null
  }
}
