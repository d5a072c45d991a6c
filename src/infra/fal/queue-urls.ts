/**
 * The addresses of the queue API: where to submit, and where a request's status, result and cancel may be found, best
 * candidate first. Invariant: every returned URL is one that may receive the FAL key.
 */
import { mayFollow } from '../../domain/fal-base.ts'
import type { RequestRef } from '../../ports/fal.ts'

export interface Bases {
  queueBase: string
  apiBase: string
  platformBase: string
  allowLoopback: boolean
}

export type QueueCall = 'status' | 'result' | 'cancel'

/** The endpoint id as a URL path without leading slash; null when it is no `owner/app[/more]`. */
function endpointPath(endpointId: string): string | null {
  const segments = segmentsOf(endpointId)
  const sound = segments.length >= 2 && segments.every((s) => s !== '' && s !== '.' && s !== '..')
  return sound ? segments.map(encodeURIComponent).join('/') : null
}

/** The part of an endpoint id that addresses its requests: `owner/app`, with a third segment in two namespaces. */
function appPath(endpointId: string): string | null {
  const segments = segmentsOf(endpointId)
  const length = segments[0] === 'workflows' || segments[0] === 'comfy' ? 3 : 2
  return endpointPath(segments.slice(0, length).join('/'))
}

export function submitUrl(
  { queueBase }: Bases,
  endpointId: string,
  webhookUrl: string | null,
): string | null {
  const path = endpointPath(endpointId)
  if (path === null) return null
  const query = webhookUrl === null ? '' : `?${new URLSearchParams({ fal_webhook: webhookUrl })}`
  return `${trimmed(queueBase)}/${path}${query}`
}

/**
 * The URL that submit returned, then the app-only and full-id ones on the queue base, then the app-only one on the
 * REST base, without repetition. `onForeign` is called for a returned URL that is not on a FAL host; it is omitted.
 */
export function candidateUrls(
  bases: Bases,
  ref: RequestRef,
  call: QueueCall,
  onForeign: (url: string) => void,
): string[] {
  const returned = { status: ref.statusUrl, result: ref.responseUrl, cancel: ref.cancelUrl }[call]
  const own = [bases.queueBase, bases.apiBase]
  const trusted = returned !== null && mayFollow(returned, own, bases.allowLoopback)
  if (returned !== null && !trusted) onForeign(returned)
  const id = encodeURIComponent(ref.requestId)
  const tail = `requests/${id}${call === 'result' ? '' : `/${call}`}`
  const app = appPath(ref.endpointId)
  const full = endpointPath(ref.endpointId)
  const urls = trusted ? [returned] : []
  if (app !== null) urls.push(`${trimmed(bases.queueBase)}/${app}/${tail}`)
  if (full !== null) urls.push(`${trimmed(bases.queueBase)}/${full}/${tail}`)
  if (app !== null) urls.push(`${trimmed(bases.apiBase)}/${app}/${tail}`)
  return [...new Set(urls)]
}

/** The same URL asking for the logs, or for none. */
export function withLogs(url: string, logs: boolean): string {
  const parsed = new URL(url)
  parsed.searchParams.set('logs', logs ? '1' : '0')
  return parsed.href
}

export const trimmed = (base: string): string => base.replace(/\/+$/, '')

/** Old ids spell `110602490-fast-sdxl` for `110602490/fast-sdxl`. */
function segmentsOf(endpointId: string): string[] {
  const segments = endpointId.split('/')
  const legacy = segments.length === 1 ? /^(\d+)-(.+)$/.exec(endpointId) : null
  return legacy === null ? segments : [legacy[1] ?? '', legacy[2] ?? '']
}
