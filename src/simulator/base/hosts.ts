/** Which FAL host a call is meant for: by its path prefix, by the proxy protocol's header, or the bare queue. */

import type { IncomingHttpHeaders } from 'node:http'

export type Room = 'queue' | 'run' | 'rest' | 'platform' | 'cdn' | 'web' | 'admin' | 'refused'

export interface Target {
  readonly room: Room
  /** Path and query on that host. */
  readonly url: string
  /** Path prefix that the caller used, for the URLs of the answer. */
  readonly prefix: string
  readonly isProxied: boolean
}

const rooms: Readonly<Record<string, Room>> = {
  'queue.fal.run': 'queue',
  'queue.falrun.com': 'queue',
  'fal.run': 'run',
  'falrun.com': 'run',
  'rest.fal.ai': 'rest',
  'rest.alpha.fal.ai': 'rest',
  'api.fal.ai': 'platform',
  'v3.fal.media': 'cdn',
  'v3b.fal.media': 'cdn',
  'fal.media': 'cdn',
  'fal.ai': 'web',
}

/** What FAL's server proxy lets through by default; multipart initiation is not in it. */
const proxyAllows =
  /^(queue\.)?fal\.run\/|^rest\.fal\.ai\/storage\/upload\/(initiate|complete-multipart)\?storage_type=fal-cdn-v3$/

const proxyRoute = '/api/fal/proxy'

export function targetOf(rawUrl: string, headers: IncomingHttpHeaders): Target {
  const proxied = headers['x-fal-target-url']
  if (proxied !== undefined) return proxyTarget(String(proxied))
  if (rawUrl.split('?')[0] === proxyRoute) return refused
  if (rawUrl.startsWith('/_simulator')) return direct('admin', rawUrl.slice('/_simulator'.length), '')
  if (rawUrl.startsWith('/.well-known/')) return direct('rest', rawUrl, '')
  const [, host = '', rest = ''] = /^\/([^/?]+)(.*)$/s.exec(rawUrl) ?? []
  const room = Object.hasOwn(rooms, host) ? rooms[host] : undefined
  return room ? direct(room, rest, `/${host}`) : direct('queue', rawUrl, '')
}

const refused: Target = { room: 'refused', url: '/', prefix: '', isProxied: true }

function direct(room: Room, url: string, prefix: string): Target {
  return { room, url: url.startsWith('/') ? url : `/${url}`, prefix, isProxied: false }
}

function proxyTarget(url: string): Target {
  if (!URL.canParse(url)) return refused
  const { protocol, host, pathname, search } = new URL(url)
  const room = Object.hasOwn(rooms, host) ? rooms[host] : undefined
  if (protocol !== 'https:' || !room || !proxyAllows.test(host + pathname + search)) return refused
  return { room, url: pathname + search, prefix: `/${host}`, isProxied: true }
}
