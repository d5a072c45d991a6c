/** The key set behind the verifier: rotation, outages, and how little a flood of forgeries may cost. */
import t from 'tap'
import { createWebhookVerifier } from '../../../src/infra/fal/fal-webhook-verifier.ts'
import { createSigner, quiet, serveKeys } from './key-server.ts'

const body = Buffer.from('{"status":"OK"}')
const start = 1_790_000_000
const hour = 3600

async function setUp(t: Parameters<typeof serveKeys>[0], answer: unknown) {
  const server = await serveKeys(t, answer)
  const clock = { seconds: start, now: () => clock.seconds * 1000 }
  const verifier = createWebhookVerifier({ jwksUrl: server.url, allowLoopback: true, clock, log: quiet })
  const deliver = async (signer: ReturnType<typeof createSigner>) =>
    (await verifier.verify(signer.headers(body, clock.seconds), body)).type
  return { server, clock, verifier, deliver }
}

t.test('the key set is fetched once for many deliveries, also when they arrive together', async (t) => {
  const fal = createSigner()
  const { server, deliver, verifier } = await setUp(t, { keys: [fal.jwk] })
  const verdicts = await Promise.all(Array.from({ length: 20 }, () => deliver(fal)))
  t.ok(verdicts.every((verdict) => verdict === 'verified'))
  t.equal(server.requests, 1)
  t.match(verifier.state(), { keys: 1, fetchedAt: start * 1000, attempts: 1, lastError: null })
})

t.test('a rotated key is found by one refetch, without waiting', async (t) => {
  const [old, fresh] = [createSigner(), createSigner()]
  const { server, deliver } = await setUp(t, { keys: [old.jwk] })
  t.equal(await deliver(old), 'verified')
  server.answer = { keys: [old.jwk, fresh.jwk] }
  t.equal(await deliver(fresh), 'verified')
  t.equal(await deliver(old), 'verified')
  t.equal(server.requests, 2)
})

t.test('a flood of forgeries causes at most one request a minute', async (t) => {
  const [fal, forger] = [createSigner(), createSigner()]
  const { server, clock, deliver } = await setUp(t, { keys: [fal.jwk] })
  t.equal(await deliver(fal), 'verified')
  for (let wave = 0; wave < 5; wave += 1) {
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => deliver(forger)))
    t.ok(verdicts.every((verdict) => verdict === 'rejected'))
    clock.seconds += 16
  }
  t.equal(server.requests, 3, 'the first fetch, one for the first wave, one after a minute')
})

t.test('deliveries that the headers or the clock betray never cause a request', async (t) => {
  const fal = createSigner()
  const { server, clock, verifier } = await setUp(t, { keys: [fal.jwk] })
  const good = fal.headers(body, clock.seconds)
  const bad = [
    {},
    { ...good, 'x-fal-webhook-signature': ['a', 'b'] },
    { ...good, 'x-fal-webhook-timestamp': `+${clock.seconds}` },
    { ...good, 'x-fal-webhook-timestamp': `${clock.seconds}.0` },
    { ...good, 'x-fal-webhook-request-id': 'r-1\nu-1' },
    fal.headers(body, clock.seconds - 301),
  ]
  for (const headers of bad) t.equal((await verifier.verify(headers, body)).type, 'rejected')
  t.equal(server.requests, 0)
})

t.test('a key set that cannot be had is no_keys, asked for again after seconds, and recovers', async (t) => {
  const fal = createSigner()
  const { server, clock, deliver, verifier } = await setUp(t, 500)
  for (const answer of [500, 'no json', { keys: 'none' }, [1], 302]) {
    server.answer = answer
    t.equal(await deliver(fal), 'no_keys')
    t.equal(await deliver(fal), 'no_keys')
    clock.seconds += 5
  }
  t.equal(server.requests, 5)
  t.match(verifier.state(), { keys: 0, fetchedAt: null })
  server.answer = { keys: [fal.jwk] }
  t.equal(await deliver(fal), 'verified')
  t.equal(verifier.state().lastError, null)
})

t.test('the last good keys stay in use while the set is down, empty or unreadable', async (t) => {
  const fal = createSigner()
  const { server, clock, deliver, verifier } = await setUp(t, { keys: [fal.jwk] })
  t.equal(await deliver(fal), 'verified')
  for (const answer of [503, { keys: [] }, 'x'.repeat(300_000)]) {
    server.answer = answer
    clock.seconds += 25 * hour
    t.equal(await deliver(fal), 'verified')
    t.type(verifier.state().lastError, 'string')
  }
  t.equal(server.requests, 4)
})

t.test(
  'a set older than a day is renewed before it is used; a key that left it no longer counts',
  async (t) => {
    const [old, fresh] = [createSigner(), createSigner()]
    const { server, clock, deliver } = await setUp(t, { keys: [old.jwk] })
    t.equal(await deliver(old), 'verified')
    server.answer = { keys: [fresh.jwk] }
    clock.seconds += 24 * hour
    t.equal(await deliver(old), 'rejected')
    t.equal(await deliver(fresh), 'verified')
  },
)

t.test(
  'from half a day on the set is renewed in the background, without making a delivery wait',
  async (t) => {
    const fal = createSigner()
    const { server, clock, deliver } = await setUp(t, { keys: [fal.jwk] })
    t.equal(await deliver(fal), 'verified')
    let open = () => {}
    server.gate = new Promise((resolve) => {
      open = resolve
    })
    clock.seconds += 13 * hour
    t.equal(await deliver(fal), 'verified', 'answered although the key set is still on its way')
    open()
  },
)

t.test('OpenSSL refuses every key of small order, whatever the signature', async (t) => {
  const points = ['00', '01', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f']
  points.push('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
  points.push('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
  const encoded = points.map((point) => Buffer.from(point.padEnd(64, '0'), 'hex'))
  const { clock, verifier } = await setUp(t, {
    keys: encoded.map((x) => ({ kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') })),
  })
  for (const r of encoded) {
    for (let at = 0; at < 8; at += 1) {
      const headers = {
        ...createSigner().headers(body, clock.seconds - at),
        'x-fal-webhook-signature': Buffer.concat([r, Buffer.alloc(32)]).toString('hex'),
      }
      t.equal((await verifier.verify(headers, body)).type, 'rejected')
    }
  }
})

t.test('a key set over plain http is refused, unless it is the simulator’s', async (t) => {
  const options = { clock: { now: () => 0 }, log: quiet }
  for (const jwksUrl of ['http://rest.fal.ai/jwks', 'http://127.0.0.1.evil.com/', 'ftp://rest.fal.ai/']) {
    t.throws(() => createWebhookVerifier({ ...options, jwksUrl, allowLoopback: true }))
  }
  t.throws(() => createWebhookVerifier({ ...options, jwksUrl: 'http://127.0.0.1:1/', allowLoopback: false }))
})
