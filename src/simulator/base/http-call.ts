/**
 * One HTTP call as the routes see it: target, body and the ways to answer, those included that a framework does not
 * offer.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { baseOf, targetOf } from './hosts.ts'
import { type Json, parseJson, toJson } from './json.ts'

export interface CallAddress {
  /** Path on the FAL host, without query. */
  readonly path: string
  readonly query: URLSearchParams
  /** FAL's name of the host; empty for the bare queue. */
  readonly host: string
  /** The beginning of URLs on this host. */
  readonly base: string
  /** The beginning of URLs of output files. */
  readonly cdnBase: string
  readonly isProxied: boolean
}

export function addressOf(request: FastifyRequest): CallAddress {
  const target = targetOf(request.originalUrl, request.headers)
  const [path = '/', query = ''] = target.url.split(/\?(.*)/s)
  const { host, isProxied } = target
  return {
    path,
    query: new URLSearchParams(query),
    host,
    base: baseOf(host, request.headers),
    cdnBase: baseOf('v3.fal.media', request.headers),
    isProxied,
  }
}

/** The raw body; empty when there was none. */
export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/**
 * Nested deeper than this, a body would exhaust the stack of its reader; Python's own parser gives up at about twice
 * this.
 */
const deepest = 500

/** The body as JSON; `{}` when there was none, as from the JS client; undefined when it is not JSON, or nested without end. */
export function jsonBodyOf(request: FastifyRequest): Json | undefined {
  const body = bodyOf(request)
  if (body.length === 0) return {}
  try {
    const value = parseJson(body.toString('utf8'))
    return isDeeperThan(deepest, value) ? undefined : value
  } catch {
    // Not JSON: each route answers that with its own error.
    return undefined
  }
}

function isDeeperThan(levels: number, value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member))
}

export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

export function sendJson(
  reply: FastifyReply,
  statusCode: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  return sendJsonText(reply, statusCode, toJson(body), headers)
}

export function sendJsonText(
  reply: FastifyReply,
  statusCode: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  return reply.code(statusCode).headers(headers).header('content-type', 'application/json').send(text)
}

/** An HTML page, as an ingress in front of FAL answers. */
export function sendPage(reply: FastifyReply, statusCode: number, title: string): FastifyReply {
  const page = `<html><head><title>${title}</title></head><body><center>nginx</center></body></html>`
  return reply.code(statusCode).header('content-type', 'text/html').send(page)
}

/** Begins an answer that the framework does not write; sends the headers set so far. */
export function beginRaw(
  reply: FastifyReply,
  headers: Readonly<Record<string, string | number>>,
): FastifyReply['raw'] {
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value)
  return reply.raw.writeHead(200, headers)
}

/** Ends the connection without an answer. */
export function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack()
  request.raw.socket.destroy()
  return reply
}

/** Waits in real time, which a caller's timeout measures. */
export function realSeconds(seconds: number): Promise<void> {
  return delay(seconds * 1000, undefined, { ref: false })
}
