/** The webhook's edge: every address answers alike and never with a redirect, and each verdict has its status. */
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { createWebhookSigner } from '../../../bench/load/signed-webhooks.ts'
import { startBench } from '../../support/service.ts'

const paths = ['/api/fal/webhook', '/api/fal/webhook/', '/api/webhooks/fal', '/api/webhooks/fal/']
const stranger = { id: 'job_01999999-9999-7999-8999-999999999999', requestId: 'nobodys', token: 'x' }

async function start(t: Test, environment: Record<string, string> = {}) {
  const signer = await createWebhookSigner()
  t.teardown(() => signer.close())
  const bench = await startBench(t, {
    environment: { FAL_JWKS_URL: signer.jwksUrl, FAL_WEBHOOK_PATH: '/api/fal/webhook', ...environment },
  })
  const post = async (path: string, { headers, body }: { headers: Record<string, string>; body: Buffer }) => {
    const answer = await fetch(new URL(path, bench.service.url), {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      redirect: 'manual',
    })
    return { status: answer.status, ...((await answer.json()) as { code?: string; verdict?: string }) }
  }
  return { signer, post, url: bench.service.url }
}

t.test('on every address: 200 for what FAL signed, 401 for what it did not', async (t) => {
  const { signer, post } = await start(t)
  for (const path of paths) {
    t.match(await post(path, signer.sign(stranger)), { status: 200 }, path)
    t.match(await post(path, signer.forge(stranger)), { status: 401, code: 'UNAUTHENTICATED' }, path)
    const bare = { headers: {}, body: Buffer.from('{}') }
    t.match(await post(path, bare), { status: 401, code: 'UNAUTHENTICATED' }, path)
  }
})

t.test('403 for another account, 503 while no key can be had, 413 for what is too large', async (t) => {
  const { signer, post } = await start(t, { FAL_ACCOUNT_ID: 'somebody-else' })
  t.match(await post('/api/webhooks/fal', signer.sign(stranger)), { status: 403, code: 'FORBIDDEN' })
  const known = await start(t)
  const large = { ...known.signer.sign(stranger), body: Buffer.alloc(33 * 1024 * 1024) }
  t.match(await known.post('/api/webhooks/fal', large), { status: 413, code: 'PAYLOAD_TOO_LARGE' })
  const keyless = await start(t, { FAL_JWKS_URL: 'http://127.0.0.1:1/none' })
  t.match(await keyless.post('/api/webhooks/fal', keyless.signer.sign(stranger)), {
    status: 503,
    code: 'UNAVAILABLE',
  })
})

t.test(
  'strangers with large bodies take a bounded part of the memory, and give it back when they go',
  async (t) => {
    const { signer, post, url } = await start(t, { TRUST_PROXY: '1' })
    const { port, hostname } = new URL(url)
    const large = 24 * 1024 * 1024
    // Such headers need no signature: they look like FAL's.
    const lines = Object.entries(signer.forge(stranger).headers).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    const crowd = Array.from({ length: 8 }, (_, n) => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      socket.write(
        `POST /api/webhooks/fal HTTP/1.1\r\nhost: x\r\n${lines.join('')}x-forwarded-for: 9.9.9.${n}\r\ncontent-length: ${large}\r\n\r\n`,
      )
      // All but the last byte.
      socket.write(Buffer.alloc(large - 1, 0x20))
      return socket
    })
    const answered = Promise.withResolvers<string>()
    for (const socket of crowd) socket.on('data', (data) => answered.resolve(String(data)))
    t.match(await answered.promise, /^HTTP\/1\.1 503 [\s\S]*retry-after: 5/i)
    const fromFal = (webhook: { headers: Record<string, string>; body: Buffer }) =>
      post('/api/webhooks/fal', {
        body: webhook.body,
        headers: { ...webhook.headers, 'x-forwarded-for': '127.0.0.1' },
      })
    t.equal((await fromFal(signer.sign(stranger))).status, 200, 'FAL is heard meanwhile')
    const big = { ...signer.sign(stranger), body: Buffer.alloc(2 * 1024 * 1024) }
    t.equal((await fromFal(big)).status, 401, 'and its large bodies are read')
    for (const socket of crowd) socket.destroy()
    let answer = await post('/api/webhooks/fal', signer.sign(stranger))
    while (answer.status === 503) answer = await post('/api/webhooks/fal', signer.sign(stranger))
    t.equal(answer.status, 200)
  },
)
