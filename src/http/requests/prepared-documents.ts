/** The OpenAPI document as bytes: written once, and answered with an ETag, since the routes that show it need no key. */
import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isKnownTo } from './conditional-request.ts'

type Send = (request: FastifyRequest, reply: FastifyReply) => FastifyReply

export interface PreparedDocuments {
  json: Send
  yaml: Send
}

interface Prepared {
  body: Buffer
  etag: string
}

/** Prepared at the first request, when all routes are known. */
export function preparedDocuments(app: FastifyInstance): PreparedDocuments {
  return {
    json: sending('application/json; charset=utf-8', () => JSON.stringify(app.swagger())),
    yaml: sending('application/yaml', () => app.swagger({ yaml: true })),
  }
}

function sending(type: string, write: () => string): Send {
  let prepared: Prepared | null = null
  return (request, reply) => {
    prepared ??= prepare(write())
    const { body, etag } = prepared
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (isKnownTo(request.headers['if-none-match'], etag)) return reply.code(304).send()
    return reply.type(type).send(body)
  }
}

function prepare(text: string): Prepared {
  return { body: Buffer.from(text), etag: `"${hash('sha256', text, 'base64url').slice(0, 27)}"` }
}
