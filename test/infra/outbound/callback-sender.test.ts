/** The sender of callbacks against receivers that misbehave: bounded in time and size, never led inside, never throwing. */
import { createServer, type RequestListener } from 'node:http'
import type { LookupFunction } from 'node:net'
import { Webhook } from 'standardwebhooks'
import t, { type Test } from 'tap'
import { createCallbackSender } from '../../../src/infra/outbound/callback-sender.ts'
import { listen } from '../archive/listen.ts'

const secrets = ['a', 'b'].map((letter) => `whsec_${Buffer.alloc(32, letter).toString('base64')}`)
const message = { id: 'cb_1', body: JSON.stringify({ type: 'job.completed', text: 'ü' }), secrets }

function senderFor(
  t: Test,
  options: { allowPrivate?: boolean; timeoutMs?: number; lookup?: LookupFunction } = {},
) {
  const sender = createCallbackSender({ allowPrivate: true, clock: { now: Date.now }, ...options })
  t.teardown(() => sender.close())
  return sender
}

const serve = (t: Test, handler: RequestListener) => listen(t, createServer(handler))

t.test('every secret signs what is sent, and the package verifies it', async (t) => {
  let seen: { headers: Record<string, string>; body: string } | null = null
  const url = await serve(t, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]))
    seen = { headers, body }
    response.end('thanks')
  })
  const answer = await senderFor(t).send({ ...message, url })
  t.same(answer, { type: 'answered', status: 200, retryAfterSeconds: null, excerpt: 'thanks' })
  t.match(seen, { body: message.body, headers: { 'webhook-id': 'cb_1', 'content-type': 'application/json' } })
  const { headers, body } = seen ?? { headers: {}, body: '' }
  for (const secret of secrets) t.doesNotThrow(() => new Webhook(secret).verify(body, headers))
  const foreign = `whsec_${Buffer.alloc(32, 'c').toString('base64')}`
  t.throws(() => new Webhook(foreign).verify(body, headers))
  t.throws(() => new Webhook(secrets[0] ?? '').verify(`${body} `, headers), 'the body is covered')
})

t.test('a redirect is an answer, not a way', async (t) => {
  let visits = 0
  const target = await serve(t, (_, response) => {
    visits += 1
    response.end()
  })
  const url = await serve(t, (_, response) => response.writeHead(307, { location: target }).end())
  t.match(await senderFor(t).send({ ...message, url }), { type: 'answered', status: 307 })
  t.equal(visits, 0)
})

t.test('Retry-After is read as seconds and as a date', async (t) => {
  for (const [header, least, most] of [
    ['120', 120, 120],
    [new Date(Date.now() + 100_000).toUTCString(), 90, 101],
    [new Date(Date.now() - 100_000).toUTCString(), 0, 0],
  ] as const) {
    const url = await serve(t, (_, response) => response.writeHead(503, { 'retry-after': header }).end())
    const answer = await senderFor(t).send({ ...message, url })
    const seconds = answer.type === 'answered' ? answer.retryAfterSeconds : null
    t.ok(seconds !== null && seconds >= least && seconds <= most, header)
  }
})

t.test('a huge answer is cut off and its status counts; zero characters are not kept', async (t) => {
  let closed: (() => void) | null = null
  const cut = new Promise<void>((settle) => {
    closed = settle
  })
  const url = await serve(t, (_, response) => {
    response.on('close', () => closed?.())
    const more = () => {
      while (response.write('x'.repeat(16_384)));
      response.once('drain', more)
    }
    more()
  })
  t.match(await senderFor(t).send({ ...message, url }), { type: 'answered', status: 200, excerpt: '' })
  await cut
  const odd = await serve(t, (_, response) => response.writeHead(500).end('a\u0000b'))
  t.match(await senderFor(t).send({ ...message, url: odd }), { status: 500, excerpt: 'ab' })
})

t.test('a status that came counts, though the body behind it drips, stalls or breaks off', async (t) => {
  const dripping = await serve(t, (_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('.'), 20)
    response.on('close', () => clearInterval(timer))
  })
  const stalling = await serve(t, (_, response) => response.writeHead(200).write('so far'))
  const cut = await serve(t, (_, response) => {
    response.writeHead(200).write('so far', () => response.destroy())
  })
  const sender = senderFor(t, { timeoutMs: 300 })
  for (const url of [dripping, stalling, cut]) {
    t.match(await sender.send({ ...message, url }), { type: 'answered', status: 200, excerpt: '' })
  }
})

t.test('a receiver that does not answer in time is left', async (t) => {
  const silent = await serve(t, () => {})
  const answer = await senderFor(t, { timeoutMs: 150 }).send({ ...message, url: silent })
  t.match(answer, { type: 'unreachable', error: /did not answer within 0\.15 s/ })
})

t.test('refused and cut connections are told in words', async (t) => {
  const cutting = await serve(t, (request) => request.socket.destroy())
  t.match(await senderFor(t).send({ ...message, url: cutting }), {
    type: 'unreachable',
    error: /cut the connection/,
  })
  t.match(await senderFor(t).send({ ...message, url: 'http://127.0.0.1:1/' }), {
    error: /refused the connection/,
  })
})

t.test(
  'a name that leads inside is refused at connect time, whatever it said before, and no packet is sent',
  async (t) => {
    let visits = 0
    const inside = await serve(t, (_, response) => response.end())
    const server = createServer()
    server.on('connection', () => {
      visits += 1
    })
    const base = await listen(t, server)
    const lookup: LookupFunction = (_host, options, callback) =>
      options.all === true
        ? callback(null, [{ address: '127.0.0.1', family: 4 }])
        : callback(null, '127.0.0.1', 4)
    const sender = senderFor(t, { allowPrivate: false, lookup })
    const url = `https://rebinding.test:${new URL(base).port}/`
    const answer = await sender.send({ ...message, url })
    t.same(answer, { type: 'unreachable', error: 'The host of the URL does not lead to a public address.' })
    t.notOk(JSON.stringify(answer).includes('127.0.0.1'), 'what the name leads to is not told')
    t.match(await sender.send({ ...message, url: inside }), { type: 'unreachable', error: /https/ })
    t.equal(visits, 0)
  },
)
