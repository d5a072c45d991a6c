/** Browsers of the named origins may call and read our headers; without any named, none may. */
import cors from '@fastify/cors'
import fp from 'fastify-plugin'

const readable = [
  'location',
  // Of files: a player, or a download that goes on where it broke off, goes by them.
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'idempotency-replayed',
  'preference-applied',
  'x-request-id',
]

/** `origins`: e.g. `https://app.example.com`; `*` admits all. Credentials are Bearer tokens, never cookies. */
export const corsPlugin = fp<{ origins: readonly string[] }>(async (app, { origins }) => {
  if (origins.length === 0) return
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    exposedHeaders: readable,
    maxAge: 600,
  })
})
