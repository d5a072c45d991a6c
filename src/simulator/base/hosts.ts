/**
 * Decides for which FAL host a call is meant, and how URLs in its answer begin: by a path prefix, by FAL's own name
 * where a reverse proxy keeps it, by the header of FAL's proxy protocol, or the bare queue.
 */

import type { IncomingHttpHeaders } from 'node:http'

export type Room = 'queue' | 'run' | 'rest' | 'platform' | 'cdn' | 'web' | 'admin' | 'refused'

export interface Target {
  readonly room: Room
  /** FAL's name of the host; empty for the bare queue and the admin. */
  readonly host: string
  /** Path and query on that host. */
  readonly url: string
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

/** FAL's backup hosts answer with URLs of the main ones. */
const mainHosts: Readonly<Record<string, string>> = {
  'queue.falrun.com': 'queue.fal.run',
  'falrun.com': 'fal.run',
}

/** What FAL's server proxy lets through by default; multipart initiation is not in it. */
const proxyAllows =
  /^(queue\.)?fal\.run\/|^rest\.fal\.ai\/storage\/upload\/(initiate|complete-multipart)\?storage_type=fal-cdn-v3$/

const proxyRoute = '/api/fal/proxy'

export function targetOf(rawUrl: string, headers: IncomingHttpHeaders): Target {
  const proxied = headers['x-fal-target-url']
  if (proxied !== undefined) return proxyTarget(String(proxied))
  if (rawUrl.split('?')[0] === proxyRoute) return refused
  if (rawUrl.startsWith('/_simulator')) return direct('admin', '', rawUrl.slice('/_simulator'.length))
  if (rawUrl.startsWith('/.well-known/')) return direct('rest', '', rawUrl)
  const [, prefix = '', rest = ''] = /^\/([^/?]+)(.*)$/s.exec(rawUrl) ?? []
  const byPrefix = roomOf(prefix)
  if (byPrefix) return direct(byPrefix, prefix, rest)
  const name = hostNameOf(headers)
  const byName = roomOf(name)
  return byName ? direct(byName, name, rawUrl) : direct('queue', '', rawUrl)
}

/**
 * The beginning of URLs that lead back to FAL's host `host`: FAL's own name where the call used one, else the
 * simulator's address with the host as a path prefix. `host` is empty for the bare queue.
 */
export function baseOf(host: string, headers: IncomingHttpHeaders): string {
  const authority = authorityOf(headers)
  const main = mainHosts[host] ?? host
  if (roomOf(hostNameOf(headers))) {
    const port = /:\d+$/.exec(authority)?.[0] ?? ''
    return `${schemeOf(headers, 'https')}://${main || 'queue.fal.run'}${port}`
  }
  const prefix = firstOf(headers['x-forwarded-prefix'])?.replace(/\/+$/, '') ?? ''
  return `${schemeOf(headers, 'http')}://${authority}${prefix}${main && `/${main}`}`
}

/** The headers that a reverse proxy at `publicUrl` would send. */
export function forwardedHeaders(publicUrl: string): IncomingHttpHeaders {
  const { protocol, host, pathname } = new URL(publicUrl)
  return {
    'x-forwarded-proto': protocol.slice(0, -1),
    'x-forwarded-host': host,
    'x-forwarded-prefix': pathname,
  }
}

const refused: Target = { room: 'refused', host: '', url: '/', isProxied: true }

function direct(room: Room, host: string, url: string): Target {
  return { room, host, url: url.startsWith('/') ? url : `/${url}`, isProxied: false }
}

function proxyTarget(url: string): Target {
  if (!URL.canParse(url)) return refused
  const { protocol, host, pathname, search } = new URL(url)
  const room = roomOf(host)
  if (protocol !== 'https:' || !room || !proxyAllows.test(host + pathname + search)) return refused
  return { room, host, url: pathname + search, isProxied: true }
}

function roomOf(host: string): Room | undefined {
  return Object.hasOwn(rooms, host) ? rooms[host] : undefined
}

/** Host and port by which the caller reaches the simulator. */
function authorityOf(headers: IncomingHttpHeaders): string {
  return firstOf(headers['x-forwarded-host']) ?? headers.host ?? 'localhost'
}

/** The same without the port: FAL's own name where a reverse proxy keeps or forwards it. */
function hostNameOf(headers: IncomingHttpHeaders): string {
  return authorityOf(headers).replace(/:\d+$/, '').toLowerCase()
}

function schemeOf(headers: IncomingHttpHeaders, otherwise: string): string {
  const scheme = firstOf(headers['x-forwarded-proto'])
  return scheme === 'http' || scheme === 'https' ? scheme : otherwise
}

/** A chain of reverse proxies lists what each saw; the caller used the first. */
function firstOf(header: string | string[] | undefined): string | undefined {
  return (
    String(header ?? '')
      .split(',')[0]
      ?.trim() || undefined
  )
}
