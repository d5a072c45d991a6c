/** Uploads at FAL's storage are limited by key, need credit where it is enforced, and can be turned off. */
import t from 'tap'
import type { Client } from '../../../src/domain/client.ts'
import { makeCheckUpload } from '../../../src/jobs/proxy/limit-uploads.ts'

const client = (keyId: string): Client => ({ clientId: 'cli_1', keyId, scopes: ['jobs:write'], limits: {} })

t.test('a key has so many uploads a minute', async (t) => {
  let now = 0
  const check = makeCheckUpload({ perMinute: 3, availableMicros: null, clock: { now: () => now } })
  for (let n = 0; n < 3; n++) await check(client('a'))
  await t.rejects(check(client('a')), { code: 'RATE_LIMITED', retryAfterSeconds: 20 })
  await check(client('b'))
  now = 20_000
  await check(client('a'))
})

t.test('without credit, or turned off, there are none', async (t) => {
  const clock = { now: () => 0 }
  let available = 0
  const check = makeCheckUpload({ perMinute: 9, availableMicros: async () => available, clock })
  await t.rejects(check(client('a')), { code: 'INSUFFICIENT_CREDITS' })
  available = 1
  await check(client('a'))
  const off = makeCheckUpload({ perMinute: 0, availableMicros: null, clock })
  await t.rejects(off(client('a')), { code: 'FORBIDDEN' })
})
