/**
 * Parses the target URL of a call of FAL's proxy protocol. Invariant: only FAL's queue and the initiation of uploads
 * pass; no spelling of another host, and no ambiguous path.
 */
import { falServiceOf } from '../../domain/fal-hosts.ts'

export type ProxyTarget =
  | { type: 'submit'; endpointId: string; query: URLSearchParams }
  | { type: 'status'; requestId: string; logs: boolean }
  | { type: 'stream'; requestId: string; logs: boolean }
  | { type: 'result'; requestId: string }
  | { type: 'cancel'; requestId: string }
  /** `path` with its query on FAL's REST host. */
  | { type: 'storage'; path: string }

const storageCalls = /^\/storage\/upload\/(?:initiate|initiate-multipart|complete-multipart)$/
const storageQuery = '?storage_type=fal-cdn-v3'

/** null: not a target this service relays. */
export function readTarget(method: string, target: string): ProxyTarget | null {
  // Parsers disagree on backslashes, blanks, escapes and user names; none of them is ever needed here.
  if (!/^https:\/\/[!-~]+$/.test(target) || /[\\%@]/.test(target.split('?', 1)[0] ?? '')) return null
  if (!URL.canParse(target)) return null
  const url = new URL(target)
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '') return null
  const service = falServiceOf(url.hostname)
  if (service === 'queue') return readQueue(method, url)
  if (service !== 'rest' || method !== 'POST') return null
  const isStorage = storageCalls.test(url.pathname) && url.search === storageQuery
  return isStorage ? { type: 'storage', path: url.pathname + url.search } : null
}

/** `/{owner}/{app}[/…]` to submit, `/{owner}/{app}[/…]/requests/{id}[/…]` for the rest. */
function readQueue(method: string, { pathname, searchParams }: URL): ProxyTarget | null {
  const segments = pathname.replace(/\/$/, '').split('/').slice(1)
  if (!segments.every((segment) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(segment))) return null
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
