/** What becomes of a submit on a network that misbehaves in every way we could think of: never twice, never lost. */
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import t from 'tap'
import { Agent, buildConnector } from 'undici'
import { keyRef } from '../../../src/infra/fal/key-ring.ts'
import type { SubmitRequest } from '../../../src/ports/fal.ts'
import { clientOf, closedPort, serveFal, serveRaw } from './misbehaving-server.ts'

const request: SubmitRequest = {
  endpointId: 'fal-ai/flux/dev',
  input: { prompt: 'a cat' },
  webhookUrl: 'https://jobs.example.com/api/fal/webhook?job=job_1&token=a b',
  queue: {},
}

const acceptedBody = {
  status: 'IN_QUEUE',
  request_id: 'r-1',
  gateway_request_id: 'g-1',
  response_url: 'https://queue.fal.run/fal-ai/flux/requests/r-1',
  status_url: 'https://queue.fal.run/fal-ai/flux/requests/r-1/status',
  cancel_url: 'https://queue.fal.run/fal-ai/flux/requests/r-1/cancel',
  queue_position: 3,
}

t.test('an accepted submit is one POST of the bare input, with the webhook in the query', async (t) => {
  const server = await serveFal(t, () => ({ body: acceptedBody }))
  const fal = clientOf(t, server.base)
  const queue = { priority: 'low', startTimeoutSeconds: 30, runnerHint: 'warm' } as const
  t.same(await fal.submit({ ...request, queue }), {
    type: 'accepted',
    request: {
      requestId: 'r-1',
      gatewayRequestId: 'g-1',
      statusUrl: acceptedBody.status_url,
      responseUrl: acceptedBody.response_url,
      cancelUrl: acceptedBody.cancel_url,
      queuePosition: 3,
      falKeyRef: keyRef('key-id:primary-secret'),
    },
    keyFallback: false,
  })
  t.equal(server.asked.length, 1)
  const [asked] = server.asked
  t.equal(asked?.method, 'POST')
  t.same(JSON.parse(asked?.body ?? ''), { prompt: 'a cat' })
  const url = new URL(asked?.url ?? '', server.base)
  t.equal(url.pathname, '/fal-ai/flux/dev')
  t.equal(url.searchParams.get('fal_webhook'), request.webhookUrl)
  t.match(asked?.headers, {
    authorization: 'Key key-id:primary-secret',
    'content-type': 'application/json',
    'x-fal-queue-priority': 'low',
    'x-fal-request-timeout': '30',
    'x-fal-request-start-timeout': '30',
    'x-fal-request-source': 'fal-jobs',
    'x-fal-runner-hint': 'warm',
  })
})

t.test('without a webhook and queue options none are sent', async (t) => {
  const server = await serveFal(t, () => ({ body: { request_id: 'r-1' } }))
  const answer = await clientOf(t, server.base).submit({ ...request, webhookUrl: null })
  t.match(answer, { type: 'accepted', request: { statusUrl: null, responseUrl: null, cancelUrl: null } })
  t.equal(server.asked[0]?.url, '/fal-ai/flux/dev')
  const own = Object.keys(server.asked[0]?.headers ?? {}).filter((name) => name.startsWith('x-fal-'))
  t.strictSame(own, ['x-fal-request-source'])
})

t.test('what surely never left is said to be so: it may be sent again', async (t) => {
  const refused = await closedPort()
  const plain = await serveFal(t, () => ({ body: acceptedBody }))
  const cases = {
    ECONNREFUSED: refused,
    'TLS to a plain port': plain.base.replace('http:', 'https:'),
  }
  for (const [name, base] of Object.entries(cases)) {
    const answer = await clientOf(t, base).submit(request)
    t.match(answer, { type: 'later', code: 'FAL_UNAVAILABLE', retryAfterSeconds: null }, name)
  }
  t.equal(plain.asked.length, 0)
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']) {
    const fail = (done: (error: Error, socket: null) => void) =>
      done(Object.assign(new Error(code), { code }), null)
    const dispatcher = new Agent({ connect: (_options, done) => fail(done) })
    const answer = await clientOf(t, 'https://queue.fal.run', { dispatcher }).submit(request)
    t.match(answer, { type: 'later', code: 'FAL_UNAVAILABLE', reason: new RegExp(code) })
  }
})

t.test('a connection that never opens is a time-out, surely unsent', async (t) => {
  const dispatcher = new Agent({ connect: () => {} })
  const fal = clientOf(t, 'https://queue.fal.run', { dispatcher, timeoutMs: 100 })
  t.match(await fal.submit(request), { type: 'later', code: 'FAL_TIMEOUT' })
})

t.test('a submit given up while connecting is not sent when the connection opens after all', async (t) => {
  const server = await serveFal(t, () => ({ body: acceptedBody }))
  const plainConnect = buildConnector({})
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const dispatcher = new Agent({
    connect: (options, connected) => {
      opened.then(() => plainConnect(options, connected))
    },
  })
  const fal = clientOf(t, server.base, { dispatcher, timeoutMs: 100 })
  t.match(await fal.submit(request), { type: 'later', code: 'FAL_TIMEOUT' })
  open()
  await dispatcher.close()
  t.equal(server.asked.length, 0)
})

t.test('a certificate that is not trusted stops the request before it leaves', async (t) => {
  let requests = 0
  const server = createTlsServer({ SNICallback: (_name, done) => done(new Error('no certificate')) }, () => {
    requests += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  t.match(await clientOf(t, `https://localhost:${port}`).submit(request), { type: 'later' })
  t.equal(requests, 0)
})

t.test('an abort before sending is surely unsent', async (t) => {
  const fal = clientOf(t, 'https://queue.fal.run')
  t.match(await fal.submit({ ...request, signal: AbortSignal.abort() }), { type: 'later' })
})

const half =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"request_id": "r-1"'
const misbehaviours: Record<string, (socket: Socket) => void> = {
  'cut after reading the request': (socket) => socket.once('data', () => socket.end()),
  'reset after reading the request': (socket) => socket.once('data', () => socket.resetAndDestroy()),
  'half an answer': (socket) => socket.once('data', () => socket.end(half)),
  'half an answer, then reset': (socket) =>
    socket.once('data', () => socket.write(half, () => socket.resetAndDestroy())),
  'bytes that are not HTTP': (socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
  'never an answer': (socket) => socket.resume(),
  'headers, then nothing': (socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n')),
}
for (const [name, behave] of Object.entries(misbehaviours)) {
  t.test(`uncertain, and not sent again: ${name}`, async (t) => {
    let connections = 0
    const base = await serveRaw(t, (socket) => {
      connections += 1
      behave(socket)
    })
    const hangs = name.includes('never') || name.includes('nothing')
    const fal = clientOf(t, base, { timeoutMs: hangs ? 1_000 : 20_000 })
    t.match(await fal.submit(request), { type: 'uncertain' })
    t.equal(connections, 1, 'one connection, one request')
  })
}

t.test(
  'a server that closes at once, before reading, leaves the submit uncertain or unsent, never refused',
  async (t) => {
    let connections = 0
    const base = await serveRaw(t, (socket) => {
      connections += 1
      socket.destroy()
    })
    const answer = await clientOf(t, base).submit(request)
    t.ok(answer.type === 'uncertain' || answer.type === 'later', answer.type)
    t.equal(connections, 1)
  },
)

t.test('an abort while waiting for the answer is uncertain', async (t) => {
  const abort = new AbortController()
  const base = await serveRaw(t, (socket) => socket.once('data', () => abort.abort()))
  const answer = await clientOf(t, base).submit({ ...request, signal: abort.signal })
  t.match(answer, { type: 'uncertain' })
})

t.test('an idle connection that the server closes is replaced, not stumbled over', async (t) => {
  let served = 0
  const body = JSON.stringify(acceptedBody)
  const text = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const closed: Promise<unknown>[] = []
  const base = await serveRaw(t, (socket) => {
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.once('data', () => {
      served += 1
      socket.end(text)
    })
  })
  const fal = clientOf(t, base)
  for (let round = 0; round < 5; round += 1) {
    t.match(await fal.submit(request), { type: 'accepted' })
    await closed.at(-1)
  }
  t.equal(served, 5)
})

t.test('answers that say neither yes nor no are uncertain', async (t) => {
  const unclear = [
    { status: 500, body: { detail: 'Internal Server Error' } },
    { status: 502, body: '<html>nginx</html>' },
    { status: 504, body: '' },
    { status: 408, body: '' },
    { status: 302, headers: { location: 'https://evil.example.com/' }, body: '' },
    { status: 200, body: '<html>' },
    { status: 200, body: { request_id: 7 } },
    { status: 200, body: [] },
    { status: 204, body: '' },
  ]
  for (const reply of unclear) {
    const server = await serveFal(t, () => reply)
    t.match(await clientOf(t, server.base).submit(request), { type: 'uncertain' }, String(reply.status))
    t.equal(server.asked.length, 1)
  }
})

t.test('told to come back later: 429, 503, 425, with the wait FAL names', async (t) => {
  for (const status of [429, 503, 425]) {
    const server = await serveFal(t, () => ({
      status,
      headers: { 'retry-after': '7' },
      body: { detail: 'busy' },
    }))
    const answer = await clientOf(t, server.base).submit(request)
    t.match(answer, { type: 'later', code: 'FAL_UNAVAILABLE', retryAfterSeconds: 7, reason: /busy/ })
  }
  const dated = await serveFal(t, () => ({
    status: 503,
    headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' },
  }))
  t.match(await clientOf(t, dated.base).submit(request), { type: 'later', retryAfterSeconds: null })
  const cut = await serveRaw(t, (socket) =>
    socket.once('data', () =>
      socket.end('HTTP/1.1 429 Slow\r\ncontent-length: 90\r\nretry-after: 3\r\n\r\n{'),
    ),
  )
  t.match(await clientOf(t, cut).submit(request), { type: 'later', retryAfterSeconds: 3 })
})

t.test('refusals carry FAL’s own reason', async (t) => {
  const balance =
    'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.'
  const cases = [
    { status: 401, body: { detail: 'No user found for Key ID and Secret' }, code: 'FAL_AUTH' },
    { status: 401, body: { detail: 'invalid key credentials' }, code: 'FAL_AUTH' },
    { status: 403, body: { detail: 'User is locked. Reason: spending_limit.' }, code: 'FAL_BALANCE' },
    { status: 403, body: { detail: balance }, code: 'FAL_BALANCE' },
    { status: 404, body: { detail: 'Application "x" not found' }, code: 'FAL_REJECTED' },
    {
      status: 422,
      body: { detail: [{ loc: ['body', 'prompt'], msg: 'too long', type: 'x' }] },
      code: 'FAL_REJECTED',
    },
  ]
  for (const { status, body, code } of cases) {
    const server = await serveFal(t, () => ({ status, body }))
    const answer = await clientOf(t, server.base).submit(request)
    t.match(answer, { type: 'refused', error: { code } })
    if (code === 'FAL_REJECTED') {
      if (typeof body.detail === 'string') t.match(answer, { error: { message: body.detail } })
    } else {
      t.match(answer, {
        error: { message: /The operator has to resolve it/, details: [{ msg: body.detail }] },
      })
    }
    t.equal(server.asked.length, 1)
  }
})

t.test('a model that its vendor took down is postponed under a code of its own', async (t) => {
  const body = { detail: 'Application is not available' }
  const server = await serveFal(t, () => ({ status: 503, body }))
  t.match(await clientOf(t, server.base).submit(request), {
    type: 'later',
    code: 'MODEL_OFFLINE',
    reason: 'FAL answered 503: Application is not available.',
  })
})

t.test('what cannot be put into HTTP is refused, not tried for ever', async (t) => {
  const server = await serveFal(t, () => ({ body: acceptedBody }))
  const fal = clientOf(t, server.base)
  t.match(await fal.submit({ ...request, queue: { runnerHint: 'a\r\nb: c' } }), { type: 'refused' })
  for (const endpointId of ['flux', '', 'fal-ai/../admin', 'fal-ai//x', '/']) {
    t.match(await fal.submit({ ...request, endpointId }), {
      type: 'refused',
      error: { code: 'FAL_REJECTED' },
    })
  }
  t.equal(server.asked.length, 0)
})

t.test('FAL_KEY_NEW goes first; refused, FAL_KEY sends it and the fall-back is told', async (t) => {
  const keys = { primary: 'key-id:primary-secret', next: 'new-id:next-secret' }
  const server = await serveFal(t, ({ headers }) =>
    headers.authorization === 'Key new-id:next-secret'
      ? { status: 401, body: { detail: 'No user found' } }
      : { body: acceptedBody },
  )
  let told = 0
  const fal = clientOf(t, server.base, { keys, onKeyFallback: () => (told += 1) })
  t.match(await fal.submit(request), {
    type: 'accepted',
    keyFallback: true,
    request: { falKeyRef: keyRef(keys.primary) },
  })
  t.equal(told, 1)
  t.equal(server.asked.length, 2)
  const both = await serveFal(t, () => ({ status: 403, body: { detail: 'Forbidden' } }))
  t.match(await clientOf(t, both.base, { keys }).submit(request), {
    type: 'refused',
    error: { code: 'FAL_AUTH' },
  })
  const good = await serveFal(t, () => ({ body: acceptedBody }))
  t.match(await clientOf(t, good.base, { keys }).submit(request), {
    keyFallback: false,
    request: { falKeyRef: keyRef(keys.next) },
  })
})

t.test('the key appears in no answer and no log, even when a server echoes it', async (t) => {
  const lines: string[] = []
  const note = (fields: object, message: string) => lines.push(JSON.stringify(fields) + message)
  const log = { debug: note, info: note, warn: note, error: note }
  const keys = { primary: 'key-id:primary-secret', next: 'new-id:next-secret' }
  const answers: unknown[] = []
  for (const status of [200, 400, 401, 422, 429, 500]) {
    const server = await serveFal(t, ({ headers }) => ({
      status,
      body: { detail: `You sent ${headers.authorization}` },
    }))
    const fal = clientOf(t, server.base, { keys, log })
    const ref = {
      requestId: 'r-1',
      endpointId: 'fal-ai/flux',
      statusUrl: 'https://evil.example.com/status',
      responseUrl: null,
      cancelUrl: null,
      falKeyRef: null,
    }
    answers.push(await fal.submit(request), await fal.poll(ref, { logs: true }), await fal.cancel(ref))
    answers.push(
      await fal.findRequests({
        endpointId: 'fal-ai/flux',
        since: 0,
        until: Date.now(),
        hasInput: () => true,
      }),
      await fal.fetchPrices(['a/b']),
    )
  }
  const unreachable = clientOf(t, await closedPort(), { keys, log })
  answers.push(await unreachable.submit(request))
  const all = JSON.stringify(answers) + lines.join('\n')
  t.ok(lines.length > 0)
  t.match(all, 'FAL key')
  t.notMatch(all, 'primary-secret')
  t.notMatch(all, 'next-secret')
})

t.test('bases that are not FAL’s are refused at creation', async (t) => {
  for (const base of ['https://fal.run.evil.com', 'http://queue.fal.run']) {
    t.throws(() => clientOf({ teardown() {} }, base))
  }
  t.throws(() => clientOf({ teardown() {} }, 'http://127.0.0.1:1', { allowLoopback: false }))
})
