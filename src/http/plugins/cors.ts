/** CORS: browsers of the configured origins may call the API and read its headers; by default none may. */
import cors from '@fastify/cors'
import fp from 'fastify-plugin'

const readable = [
  'location',
  // Headers that players and resumed downloads need.
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
