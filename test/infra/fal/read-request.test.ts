/** Looking and cancelling: which address is believed, which key is used, and that no trouble becomes a verdict. */
import t, { type Test } from 'tap'
import { Agent, buildConnector } from 'undici'
import { keyRef } from '../../../src/infra/fal/key-ring.ts'
import type { RequestRef } from '../../../src/ports/fal.ts'
import { type Asked, clientOf, closedPort, type Reply, serveFal, serveRaw } from './misbehaving-server.ts'

const refAt = (base: string | null, more: Partial<RequestRef> = {}): RequestRef => ({
  requestId: 'r-1',
  endpointId: 'fal-ai/flux/dev',
  statusUrl: base === null ? null : `${base}/returned/requests/r-1/status`,
  responseUrl: base === null ? null : `${base}/returned/requests/r-1`,
  cancelUrl: base === null ? null : `${base}/returned/requests/r-1/cancel`,
  falKeyRef: null,
  ...more,
})

const pathOf = ({ url }: Asked): string => new URL(url, 'http://x').pathname
const notFound: Reply = { status: 404, body: { status: 'NOT_FOUND' } }
const done: Reply = { body: { status: 'COMPLETED', metrics: { inference_time: 2.5 }, logs: null } }
const image = { images: [{ url: 'https://v3b.fal.media/files/b/x/a.png', content_type: 'image/png' }] }

t.test('a finished request is one status and one result call on the returned URLs', async (t) => {
  const server = await serveFal(t, (asked) =>
    pathOf(asked).endsWith('/status')
      ? done
      : {
          headers: { 'x-fal-request-id': 'r-1', 'x-fal-billable-units': '1.5' },
          body: `{"seed":17454220438242315174,"n":1.0}`,
        },
  )
  const outcome = await clientOf(t, server.base).poll(refAt(server.base), { logs: true })
  t.match(outcome, { type: 'completed', inferenceSeconds: 2.5, billableUnits: '1.5', media: [] })
  t.match(outcome.type === 'completed' ? outcome.result : '', /"seed":17454220438242315174/)
  t.same(
    server.asked.map((a) => a.url),
    ['/returned/requests/r-1/status?logs=1', '/returned/requests/r-1'],
  )
})

t.test(
  'a finished request whose result cannot be had yet is told as finished, with the reason',
  async (t) => {
    for (const [reply, trouble] of [
      [{ status: 503, headers: { 'content-type': 'text/html' }, body: '<html>' }, /503/],
      [{ status: 503, body: { detail: 'Application is not available' } }, /Application is not available/],
      [{ status: 401, body: { detail: 'invalid key credentials' } }, /401/],
      [{ status: 400, body: { detail: 'Request is still in progress' } }, /in progress/],
      ['cut', /could not be asked/],
    ] satisfies [Reply, RegExp][]) {
      const server = await serveFal(t, (asked) => (pathOf(asked).endsWith('/status') ? done : reply))
      const outcome = await clientOf(t, server.base).poll(refAt(server.base), { logs: false })
      t.match(outcome, { type: 'finished', inferenceSeconds: 2.5, trouble })
    }
  },
)

t.test('queued and running are told with position, logs and progress', async (t) => {
  const replies: Reply[] = [
    { status: 202, body: { status: 'IN_QUEUE', queue_position: 4, logs: null } },
    {
      status: 202,
      body: { status: 'IN_PROGRESS', logs: [{ message: ' 40%|████ | 4/10', timestamp: 'x', level: 'INFO' }] },
    },
  ]
  const server = await serveFal(t, () => replies.shift())
  const fal = clientOf(t, server.base)
  t.same(await fal.poll(refAt(server.base), { logs: false }), { type: 'queued', queuePosition: 4, logs: [] })
  t.match(server.asked[0]?.url, /logs=0/)
  t.match(await fal.poll(refAt(server.base), { logs: true }), {
    type: 'running',
    percent: 0.4,
    logs: { length: 1 },
  })
})

t.test(
  'the candidates follow each other on 404 and 405: returned, app-only, full id, REST base',
  async (t) => {
    const rest = await serveFal(t, () => notFound)
    for (const first of [notFound, { status: 405, body: {} }]) {
      const queue = await serveFal(t, (asked) => (pathOf(asked).startsWith('/returned') ? first : notFound))
      const fal = clientOf(t, queue.base, { apiBase: rest.base })
      t.same(await fal.poll(refAt(queue.base), { logs: false }), { type: 'forgotten' })
      t.same(queue.asked.map(pathOf), [
        '/returned/requests/r-1/status',
        '/fal-ai/flux/requests/r-1/status',
        '/fal-ai/flux/dev/requests/r-1/status',
        '/v1/models/requests/by-endpoint',
      ])
    }
    t.same(rest.asked.map(pathOf), Array(2).fill('/fal-ai/flux/requests/r-1/status'))
  },
)

t.test('the first candidate that knows the request wins', async (t) => {
  const server = await serveFal(t, (asked) => {
    const path = pathOf(asked)
    if (path === '/fal-ai/flux/dev/requests/r-1/status') return done
    if (path === '/fal-ai/flux/dev/requests/r-1') return { body: image }
    return path.endsWith('/status') ? notFound : { status: 404, body: { detail: 'Path /dev not found' } }
  })
  t.match(await clientOf(t, server.base).poll(refAt(server.base), { logs: false }), { type: 'completed' })
})

t.test('a model’s own 404 fails the job when every address repeats it', async (t) => {
  const server = await serveFal(t, (asked) =>
    pathOf(asked).endsWith('/status') ? done : { status: 404, body: { detail: 'Path /dev not found' } },
  )
  const outcome = await clientOf(t, server.base).poll(refAt(server.base), { logs: false })
  t.match(outcome, { type: 'failed', error: { code: 'FAL_REJECTED', message: 'Path /dev not found' } })
})

t.test('namespaces keep three segments, legacy ids are split', async (t) => {
  const first: Record<string, string> = {
    'workflows/ann/portrait': '/workflows/ann/portrait/requests/r-1/status',
    'comfy/ann/portrait/extra': '/comfy/ann/portrait/requests/r-1/status',
    '110602490-fast-sdxl': '/110602490/fast-sdxl/requests/r-1/status',
    'fal-ai/wan/v2.2-a14b/text-to-video': '/fal-ai/wan/requests/r-1/status',
  }
  for (const [endpointId, path] of Object.entries(first)) {
    const server = await serveFal(t, () => ({ status: 202, body: { status: 'IN_PROGRESS' } }))
    await clientOf(t, server.base).poll(refAt(null, { endpointId }), { logs: false })
    t.same(server.asked.map(pathOf), [path])
  }
})

t.test('a URL that is not FAL’s never sees the key: it is skipped with a warning', async (t) => {
  const thief = await serveFal(t, () => done)
  const server = await serveFal(t, () => ({ status: 202, body: { status: 'IN_PROGRESS' } }))
  const warnings: object[] = []
  const log = { debug() {}, info() {}, warn: (fields: object) => warnings.push(fields), error() {} }
  const fal = clientOf(t, server.base, { log })
  const hostile = [
    `${thief.base}/status`,
    'https://queue.fal.run@evil.example.com/x',
    'http://queue.fal.run/x',
    'junk',
    '',
  ]
  for (const statusUrl of hostile) {
    t.match(await fal.poll(refAt(null, { statusUrl }), { logs: false }), { type: 'running' }, statusUrl)
  }
  t.equal(thief.asked.length, 0)
  t.equal(warnings.length, hostile.length)
  t.equal(server.asked.length, hostile.length)
})

t.test('redirects are not followed', async (t) => {
  const thief = await serveFal(t, () => done)
  const server = await serveFal(t, () => ({ status: 307, headers: { location: thief.base }, body: '' }))
  t.match(await clientOf(t, server.base).poll(refAt(server.base), { logs: false }), { type: 'unknown' })
  t.equal(thief.asked.length, 0)
})

t.test('network trouble is unknown, never a verdict and never thrown', async (t) => {
  const closed = await closedPort()
  const silent = await serveRaw(t, (socket) => socket.resume())
  const cutting = await serveRaw(t, (socket) => socket.once('data', () => socket.destroy()))
  t.match(await clientOf(t, closed).poll(refAt(closed), { logs: true }), {
    type: 'unknown',
    code: 'FAL_UNAVAILABLE',
  })
  t.match(await clientOf(t, cutting).poll(refAt(cutting), { logs: true }), { type: 'unknown' })
  const slow = clientOf(t, silent, { timeoutMs: 150 })
  t.match(await slow.poll(refAt(silent), { logs: true }), { type: 'unknown', code: 'FAL_TIMEOUT' })
  t.match(await slow.cancel(refAt(silent)), { type: 'unknown' })
  t.same(await slow.logs(refAt(silent)), [])
  const aborted = await slow.poll(refAt(silent), { logs: true, signal: AbortSignal.abort() })
  t.match(aborted, { type: 'unknown' })
})

t.test('a host that does not resolve leads to the next candidate, but never to "forgotten"', async (t) => {
  const server = await serveFal(t, () => notFound)
  const plainConnect = buildConnector({})
  const dispatcher = new Agent({
    connect: (options, connected) => {
      const error = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' })
      if (options.hostname === 'gone.fal.run') connected(error, null)
      else plainConnect(options, connected)
    },
  })
  t.teardown(() => dispatcher.close())
  const fal = clientOf(t, server.base, { dispatcher })
  const statusUrl = 'https://gone.fal.run/fal-ai/flux/requests/r-1/status'
  t.match(await fal.poll(refAt(null, { statusUrl }), { logs: false }), { type: 'unknown' })
  t.equal(server.asked.length, 2, 'both spellings on the queue base were asked')
})

t.test('an ingress page, a 401 and a 5xx on status decide nothing', async (t) => {
  const replies: [Reply, string][] = [
    [{ status: 502, body: '<html>nginx</html>' }, 'FAL_UNAVAILABLE'],
    [{ status: 500, body: { detail: 'x' } }, 'FAL_UNAVAILABLE'],
    [{ status: 504, body: '' }, 'FAL_TIMEOUT'],
    [{ status: 429, body: '' }, 'FAL_UNAVAILABLE'],
    [{ status: 401, body: { detail: 'No user found' } }, 'FAL_AUTH'],
    [{ status: 200, body: '<html>' }, 'FAL_UNAVAILABLE'],
    ['cut', 'FAL_UNAVAILABLE'],
  ]
  for (const [reply, code] of replies) {
    const server = await serveFal(t, () => reply)
    t.match(await clientOf(t, server.base).poll(refAt(server.base), { logs: false }), {
      type: 'unknown',
      code,
    })
  }
})

t.test('the key that sent a request asks for it; revoked, the other one does', async (t) => {
  const keys = { primary: 'key-id:primary-secret', next: 'new-id:next-secret' }
  const server = await serveFal(t, () => ({ status: 202, body: { status: 'IN_PROGRESS' } }))
  const fal = clientOf(t, server.base, { keys })
  for (const falKeyRef of [keyRef(keys.primary), keyRef(keys.next), 'unknown', null]) {
    await fal.poll(refAt(server.base, { falKeyRef }), { logs: false })
  }
  const [a, b] = [`Key ${keys.primary}`, `Key ${keys.next}`]
  t.same(
    server.asked.map(({ headers }) => headers.authorization),
    [a, b, a, a],
  )
  const strict = await serveFal(t, ({ headers }) =>
    headers.authorization === a
      ? { status: 401, body: {} }
      : { status: 202, body: { status: 'IN_PROGRESS' } },
  )
  t.match(await clientOf(t, strict.base, { keys }).poll(refAt(strict.base), { logs: false }), {
    type: 'running',
  })
})

t.test('a result the queue has forgotten is taken from FAL’s list of requests', async (t) => {
  const item = { request_id: 'r-1', status_code: 200, duration: 3, json_output: { ...image, seed: 1 } }
  const cases: [object, object][] = [
    [item, { type: 'completed', media: [{ path: 'images[0]' }] }],
    [
      { ...item, status_code: 422, json_output: { detail: [{ type: 'x', msg: 'no', loc: [] }] } },
      { type: 'failed' },
    ],
    [{ ...item, status_code: 499 }, { type: 'canceled' }],
    [{ ...item, json_output: null }, { type: 'forgotten' }],
    [{ ...item, request_id: 'r-2' }, { type: 'forgotten' }],
  ]
  for (const [listed, outcome] of cases) {
    const server = await serveFal(t, (asked) => {
      if (pathOf(asked).startsWith('/v1/')) return { body: { items: [listed], has_more: false } }
      return pathOf(asked).endsWith('/status') ? done : notFound
    })
    t.match(await clientOf(t, server.base).poll(refAt(server.base), { logs: false }), outcome)
  }
})

/** Sends `headers` and then a body without end; counts what went out. */
async function serveEndless(t: Test, headers: string) {
  const chunk = Buffer.alloc(64 * 1024, ' ')
  const sent = { bytes: 0 }
  const base = await serveRaw(t, (socket) => {
    socket.once('data', (asked) => {
      if (/status/.test(asked.toString().split('\r\n', 1)[0] ?? '')) {
        const body = '{"status":"COMPLETED"}'
        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)
        return
      }
      socket.write(headers)
      const pump = () => {
        while (!socket.destroyed && socket.write(chunk)) sent.bytes += chunk.length
      }
      socket.on('drain', pump)
      pump()
    })
  })
  return { base, sent }
}

t.test('a result above the limit is a definite end, and no more of it is read than needed', async (t) => {
  const resultMaxBytes = 1_000_000
  const told = { type: 'failed', rendered: true, error: { code: 'RESULT_TOO_LARGE', retryable: false } }
  const named = await serveEndless(t, 'HTTP/1.1 200 OK\r\ncontent-length: 80000000\r\n\r\n')
  t.match(await clientOf(t, named.base, { resultMaxBytes }).poll(refAt(named.base), { logs: false }), {
    ...told,
    error: { ...told.error, message: /80000000 bytes, more than the 1000000 bytes/ },
  })
  t.ok(named.sent.bytes < 8_000_000, `${named.sent.bytes} bytes went out`)
  const open = await serveEndless(t, 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
  t.match(await clientOf(t, open.base, { resultMaxBytes }).poll(refAt(open.base), { logs: false }), {
    ...told,
    error: { ...told.error, message: /larger than the 1000000 bytes/ },
  })
  const refusal = 'HTTP/1.1 422 No\r\nx-fal-request-id: r-1\r\ncontent-length: 80000000\r\n\r\n'
  const refused = await serveEndless(t, refusal)
  t.match(await clientOf(t, refused.base, { resultMaxBytes }).poll(refAt(refused.base), { logs: false }), {
    type: 'failed',
    error: { code: 'FAL_REJECTED' },
  })
})

t.test('logs above the limit are left out: the status counts', async (t) => {
  const server = await serveFal(t, ({ url }) =>
    url.includes('logs=1')
      ? { body: { status: 'IN_PROGRESS', logs: [{ message: 'x'.repeat(9_000_000) }] } }
      : { body: { status: 'IN_PROGRESS' } },
  )
  t.match(await clientOf(t, server.base).poll(refAt(server.base), { logs: true }), { type: 'running' })
})

t.test('cancel answers are read as FAL means them', async (t) => {
  const cases: [Reply, object][] = [
    [{ status: 202, body: { status: 'CANCELLATION_REQUESTED' } }, { type: 'requested' }],
    [{ status: 200, body: { status: 'OK' } }, { type: 'removed' }],
    [{ status: 200, body: { success: true } }, { type: 'requested' }],
    [{ status: 202, body: '' }, { type: 'requested' }],
    [{ status: 400, body: { status: 'ALREADY_COMPLETED' } }, { type: 'already_completed' }],
    [{ status: 200, body: { status: 'ALREADY_COMPLETED' } }, { type: 'already_completed' }],
    [notFound, { type: 'not_found' }],
    [{ status: 500, body: '' }, { type: 'unknown' }],
    [{ status: 401, body: {} }, { type: 'unknown' }],
  ]
  for (const [reply, answer] of cases) {
    const server = await serveFal(t, () => reply)
    t.match(await clientOf(t, server.base).cancel(refAt(server.base)), answer)
    t.match(server.asked[0], { method: 'PUT', url: '/returned/requests/r-1/cancel', body: '' })
  }
})

t.test('logs are read from the status, and empty when they cannot be had', async (t) => {
  const logs = [{ message: 'hello', timestamp: '2026-11-20T10:00:00', labels: {} }, 'junk']
  const server = await serveFal(t, () => ({ body: { status: 'COMPLETED', logs } }))
  t.same(await clientOf(t, server.base).logs(refAt(server.base)), [
    { message: 'hello', timestamp: '2026-11-20T10:00:00', level: null },
  ])
  const down = await serveFal(t, () => ({ status: 500, body: '' }))
  t.same(await clientOf(t, down.base).logs(refAt(down.base)), [])
})
