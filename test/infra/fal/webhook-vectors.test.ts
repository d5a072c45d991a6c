/** Independent signature vectors, and tweetnacl as a second opinion on them and on random mutations. */

import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import nacl from 'tweetnacl'
import { createWebhookVerifier } from '../../../src/infra/fal/fal-webhook-verifier.ts'
import { quiet, serveKeys } from './key-server.ts'

interface Vector {
  name: string
  verdict: 'accept' | 'reject'
  /** Seconds. */
  clock: number
  jwks: { keys: { kty: string; crv?: string; x?: string }[] }
  headers: Record<string, string>
  bodyBase64: string
}

const { cases }: { cases: Vector[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/webhook-signatures.json', import.meta.url), 'utf8'),
)

/** The two forgeries that tweetnacl is known to accept. */
const acceptedByTweetnacl = new Set([
  'signature not canonical (S + L)',
  'key of small order, signature all zero',
])

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

t.equal(cases.length, 36, 'all vectors are read')

for (const vector of cases) {
  t.test(`${vector.verdict}: ${vector.name}`, async (t) => {
    const server = await serveKeys(t, vector.jwks)
    const verifier = createWebhookVerifier({
      jwksUrl: server.url,
      allowLoopback: true,
      clock: { now: () => vector.clock * 1000 },
      log: quiet,
    })
    const body = Buffer.from(vector.bodyBase64, 'base64')
    const verdict = await verifier.verify(lowerCase(vector.headers), body)
    t.equal(verdict.type, vector.verdict === 'accept' ? 'verified' : 'rejected')
    if (verdict.type === 'verified') {
      t.equal(verdict.requestId, vector.headers['X-Fal-Webhook-Request-Id'])
      t.equal(verdict.falUserId, vector.headers['X-Fal-Webhook-User-Id'])
      t.equal(verdict.timestamp, Number(vector.headers['X-Fal-Webhook-Timestamp']))
    }
  })
}

t.test('tweetnacl agrees on every well-formed vector but the two forgeries it accepts', async (t) => {
  for (const vector of cases) {
    const headers = lowerCase(vector.headers)
    if (Object.keys(headers).length < 4 || !/^[0-9a-f]{128}$/i.test(headers['x-fal-webhook-signature'] ?? ''))
      continue
    if (!/^\d{10}$/.test(headers['x-fal-webhook-timestamp'] ?? '')) continue
    if (Math.abs(Number(headers['x-fal-webhook-timestamp']) - vector.clock) > 300) continue
    const second = vector.jwks.keys.some((key) => naclVerifies(key.x ?? '', headers, vector.bodyBase64))
    t.equal(second, vector.verdict === 'accept' || acceptedByTweetnacl.has(vector.name), vector.name)
  }
})

t.test('both implementations agree on random mutations of a signed delivery', async (t) => {
  const pair = nacl.sign.keyPair.fromSeed(Uint8Array.from({ length: 32 }, (_, at) => at))
  const x = Buffer.from(pair.publicKey).toString('base64url')
  const server = await serveKeys(t, { keys: [{ kty: 'OKP', crv: 'Ed25519', x }] })
  const verifier = createWebhookVerifier({
    jwksUrl: server.url,
    allowLoopback: true,
    clock: { now: () => 1_790_000_000_000 },
    log: quiet,
  })
  const flip = fc.option(fc.nat(511), { nil: null })
  const arbitrary = fc.record({ body: fc.uint8Array({ maxLength: 300 }), flip, tail: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ body, flip, tail }) => {
      const signed = Buffer.from(body)
      const headers: Record<string, string> = {
        'x-fal-webhook-request-id': 'r-1',
        'x-fal-webhook-user-id': 'u-1',
        'x-fal-webhook-timestamp': '1790000000',
      }
      const message = messageOf(headers, signed)
      const signature = Buffer.from(nacl.sign.detached(message, pair.secretKey))
      if (flip !== null) signature.writeUInt8(signature.readUInt8(flip >> 3) ^ (1 << (flip & 7)), flip >> 3)
      headers['x-fal-webhook-signature'] = signature.toString('hex')
      const sent = tail ? Buffer.concat([signed, Buffer.from(' ')]) : signed
      const ours = (await verifier.verify(headers, sent)).type === 'verified'
      return ours === naclVerifies(x, headers, sent.toString('base64')) && ours === (flip === null && !tail)
    }),
    { numRuns: 60 },
  )
})

function messageOf(headers: Record<string, string>, body: Buffer): Buffer {
  const parts = ['request-id', 'user-id', 'timestamp'].map((name) => headers[`x-fal-webhook-${name}`])
  return Buffer.from([...parts, hash('sha256', body, 'hex')].join('\n'))
}

function naclVerifies(x: string, headers: Record<string, string>, bodyBase64: string): boolean {
  const key = Buffer.from(x, 'base64url')
  if (key.length !== 32) return false
  const signature = Buffer.from(headers['x-fal-webhook-signature'] ?? '', 'hex')
  return nacl.sign.detached.verify(messageOf(headers, Buffer.from(bodyBase64, 'base64')), signature, key)
}
