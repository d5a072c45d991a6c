/** Every trouble a CDN can make ends in the class that decides well about a retry, and never in a wrong file. */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createRawServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createMediaSource, type MediaSourceOptions } from '../../../src/infra/outbound/http-media-source.ts'
import type { OpenedSource } from '../../../src/ports/media-source.ts'
import { listen } from '../archive/listen.ts'

async function sourceFor(
  t: Test,
  server: Parameters<typeof listen>[1],
  more: Partial<MediaSourceOptions> = {},
) {
  const base = await listen(t, server)
  const source = createMediaSource({
    allowedHosts: [new URL(base).host],
    maxBytes: 1_000_000,
    headersTimeoutMs: 300,
    bodyTimeoutMs: 300,
    ...more,
  })
  t.teardown(() => source.close())
  const fetch = async (path = '/file.png', signal?: AbortSignal) => {
    const opened = await source.open(`${base}${path}`, signal === undefined ? {} : { signal })
    return { ...opened, content: await contentOf(opened) }
  }
  return { base, source, fetch }
}

const contentOf = ({ body }: OpenedSource): Promise<Buffer> =>
  Buffer.isBuffer(body) ? Promise.resolve(body) : buffer(body)

/** Declared lengths of a file that is taken whole and of one that is streamed. */
const lengths = [100, 2_000_000]

const http = (listener: RequestListener) => createServer(listener)

/** Answers every request on a connection with these raw bytes, then does as told. */
const raw = (text: string, then: (socket: Socket) => void = () => undefined) =>
  createRawServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.write(text, () => then(socket)))
  })

const refuses = (t: Test, trouble: string | RegExp, promise: Promise<unknown>, note?: string) =>
  t.rejects(promise, { name: 'ArchiveError', trouble }, note ?? String(trouble))

t.test('a file is opened with its length and type, asked for plainly and without credentials', async (t) => {
  let headers: object = {}
  const server = http((incoming, answer) => {
    headers = incoming.headers
    answer.writeHead(200, { 'content-type': 'image/png', 'content-length': 5 }).end('bytes')
  })
  const { fetch } = await sourceFor(t, server)
  const file = await fetch()
  t.match(file, { contentLength: 5, contentType: 'image/png', content: Buffer.from('bytes') })
  t.match(headers, { 'accept-encoding': 'identity' })
  t.notOk('authorization' in headers || 'cookie' in headers)
})

t.test('a file of undeclared length is read to its end', async (t) => {
  const server = http((_, answer) => {
    answer.write('some ')
    answer.end('bytes')
  })
  const { fetch } = await sourceFor(t, server)
  t.match(await fetch(), { contentLength: null, contentType: null, content: Buffer.from('some bytes') })
})

t.test('an error page in place of a file shows by its type, for whoever copies to judge', async (t) => {
  const server = http((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<p>sorry'))
  const { fetch } = await sourceFor(t, server)
  t.match(await fetch('/file.png'), { contentType: 'text/html' })
})

t.test('each status has its class', async (t) => {
  const server = http((incoming, answer) => {
    answer.writeHead(Number(incoming.url?.slice(1))).end('an explanation')
  })
  const { fetch } = await sourceFor(t, server)
  const classes = {
    gone: [404, 410],
    forbidden: [401, 403, 400, 451],
    broken: [201, 204, 206, 304],
    refused: [302, 308],
  }
  for (const [trouble, statuses] of Object.entries({
    ...classes,
    later: [408, 425, 429, 500, 502, 503, 504],
  })) {
    for (const status of statuses) await refuses(t, trouble, fetch(`/${status}`), `${status} is ${trouble}`)
  }
})

t.test('errors tell host and path but never the query, which may hold a signature', async (t) => {
  const server = http((_, answer) => answer.writeHead(503).end())
  const { fetch, base } = await sourceFor(t, server)
  const error = await fetch('/a/file.png?signature=secret#x').catch((reason: unknown) => reason)
  t.equal(error instanceof Error && error.message, `${new URL(base).host}/a/file.png answered 503`)
})

t.test('a server that does not answer, or stops in the middle, is left in time', async (t) => {
  const silent = await sourceFor(
    t,
    http(() => undefined),
  )
  await refuses(t, 'later', silent.fetch(), 'no headers')
  for (const length of lengths) {
    const stalled = await sourceFor(t, raw(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\nsome`), {
      maxBytes: 2_000_000,
    })
    await refuses(t, 'later', stalled.fetch(), 'half a body')
  }
  const stalledError = await sourceFor(t, raw('HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\nsome'))
  await refuses(t, 'gone', stalledError.fetch(), 'half an error page')
  for (const headers of [{}, { 'content-length': 100_000 }]) {
    const drip = http((_, answer) => {
      answer.writeHead(200, headers)
      const timer = setInterval(() => answer.write('x'), 20)
      answer.on('close', () => clearInterval(timer))
    })
    const dripping = await sourceFor(t, drip, { minBytesPerSecond: 10_000 })
    await refuses(t, 'later', dripping.fetch(), 'a byte at a time')
  }
})

t.test('a truncated or over-long file never passes as whole', async (t) => {
  for (const length of lengths) {
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`
    const more = { maxBytes: 2_000_000 }
    const cut = await sourceFor(
      t,
      raw(`${head}only this`, (socket) => socket.end()),
      more,
    )
    await refuses(t, 'broken', cut.fetch(), 'closed early')
    const reset = await sourceFor(
      t,
      raw(`${head}only this`, (socket) => socket.resetAndDestroy()),
      more,
    )
    await t.rejects(reset.fetch(), { name: 'ArchiveError' })
  }
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'
  const cutChunked = await sourceFor(
    t,
    raw(chunked, (socket) => socket.end()),
  )
  await refuses(t, 'later', cutChunked.fetch(), 'chunks without their end')
  const long = await sourceFor(t, raw('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nlonger than that'))
  const file = await long.fetch().catch((reason: unknown) => reason)
  t.ok(
    file instanceof Error || ('content' in Object(file) && Object(file).content.length === 3),
    'cut or failed',
  )
})

t.test('the size cap holds for declared and for undeclared lengths', async (t) => {
  const server = http((incoming, answer) => {
    if (incoming.url === '/declared') answer.writeHead(200, { 'content-length': 5_000_000 })
    answer.end(Buffer.alloc(5_000_000))
  })
  const { fetch } = await sourceFor(t, server)
  await refuses(t, 'broken', fetch('/declared'))
  await refuses(t, 'broken', fetch('/undeclared'))
})

t.test('a compressed answer, though none was asked for, is not taken for the file', async (t) => {
  const server = http((_, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end('zipped'))
  const { fetch } = await sourceFor(t, server)
  await refuses(t, 'broken', fetch())
})

t.test('nobody there, no name, no HTTP: try later', async (t) => {
  const gone = await sourceFor(
    t,
    http(() => undefined),
    {
      allowedHosts: ['127.0.0.1', 'none.test'],
      lookup: (_host, _options, callback) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '', 4),
    },
  )
  await refuses(t, 'later', gone.source.open('http://127.0.0.1:1/x'), 'refused connection')
  await refuses(t, 'later', gone.source.open('http://none.test/x'), 'unknown name')
  const nonsense = await sourceFor(t, raw('this is not HTTP\r\n\r\n'))
  await refuses(t, 'later', nonsense.fetch(), 'no HTTP')
  const { base } = nonsense
  await refuses(t, 'later', nonsense.source.open(base.replace('http:', 'https:')), 'no TLS')
})

t.test('up to three redirects are followed, loops are not', async (t) => {
  const server = http((incoming, answer) => {
    const left = Number(incoming.url?.slice(1))
    if (left === 0) answer.end('arrived')
    else answer.writeHead(302, { location: left === 99 ? '/99' : `/${left - 1}` }).end('moved')
  })
  const { fetch } = await sourceFor(t, server)
  t.match(await fetch('/3'), { content: Buffer.from('arrived') })
  await refuses(t, 'refused', fetch('/4'))
  await refuses(t, 'refused', fetch('/99'))
})

t.test('a redirect cannot lead where a URL could not', async (t) => {
  let reached = 0
  const other = await listen(
    t,
    http((_, answer) => {
      reached += 1
      answer.end()
    }),
  )
  const server = http((incoming, answer) => {
    const location = decodeURIComponent(incoming.url?.slice(1) ?? '')
    answer.writeHead(307, { location }).end()
  })
  const { fetch } = await sourceFor(t, server, {
    lookup: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
  })
  const port = new URL(other).port
  for (const location of [
    other,
    `//127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://2130706433:${port}/`,
    `http://[::1]:${port}/`,
    'https://v3.fal.media/resolves-inside',
    `https://v3.fal.media:${port}/`,
    'http://v3.fal.media/',
    'https://evil.test/',
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'data:text/plain,x',
    'https://a:b@v3.fal.media/',
    'http://',
  ]) {
    await refuses(t, /^(?:refused|foreign)$/, fetch(`/${encodeURIComponent(location)}`), location)
  }
  t.equal(reached, 0)
})

t.test('a FAL host that resolves to the inside is refused', async (t) => {
  for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1']) {
    const { source } = await sourceFor(
      t,
      http(() => undefined),
      {
        lookup: (_host, _options, callback) =>
          callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]),
      },
    )
    await refuses(t, 'refused', source.open('https://v3.fal.media/files/x.png'), address)
  }
})

t.test('an abort stops the wait for headers and the body', async (t) => {
  const { fetch, source, base } = await sourceFor(
    t,
    http(() => undefined),
    { headersTimeoutMs: 60_000 },
  )
  await refuses(t, 'later', fetch('/x', AbortSignal.timeout(20)))
  await refuses(t, 'later', source.open(`${base}/x`, { signal: AbortSignal.abort() }))
  for (const length of lengths) {
    const stop = new AbortController()
    const server = raw(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\nsome`, () =>
      setTimeout(() => stop.abort(), 20),
    )
    const half = await sourceFor(t, server, { maxBytes: 2_000_000, bodyTimeoutMs: 60_000 })
    await refuses(t, 'later', half.fetch('/x', stop.signal))
  }
})

t.test('a file keeps its place among those at once until it is closed, however small', async (t) => {
  const server = http((_, answer) => answer.writeHead(200, { 'content-length': 5 }).end('bytes'))
  const { source, base } = await sourceFor(t, server, { concurrency: 1 })
  const first = await source.open(`${base}/first`)
  await refuses(t, 'later', source.open(`${base}/second`, { signal: AbortSignal.timeout(50) }))
  first.close()
  first.close()
  const second = await source.open(`${base}/second`)
  await refuses(
    t,
    'later',
    source.open(`${base}/third`, { signal: AbortSignal.timeout(50) }),
    'closed twice frees one',
  )
  second.close()
})

t.test(
  'what was read stays as it is until the file is closed, whatever is read or fails meanwhile',
  async (t) => {
    const contents = new Map(['a', 'b', 'c'].map((name) => [`/${name}`, Buffer.alloc(100_000, name)]))
    const server = http((incoming, answer) => {
      const content = contents.get(incoming.url ?? '')
      answer.writeHead(200, { 'content-length': 100_000 })
      if (content === undefined) answer.write('cut', () => answer.destroy())
      else answer.end(content)
    })
    const { source, base } = await sourceFor(t, server)
    await refuses(t, 'broken', source.open(`${base}/cut`))
    const first = await source.open(`${base}/a`)
    await refuses(t, 'broken', source.open(`${base}/cut`))
    const second = await source.open(`${base}/b`)
    t.same(first.body, contents.get('/a'))
    first.close()
    const third = await source.open(`${base}/c`)
    first.close()
    const again = await source.open(`${base}/a`)
    t.same(second.body, contents.get('/b'))
    t.same(third.body, contents.get('/c'))
    t.same(again.body, contents.get('/a'))
  },
)

t.test('a body that nobody reads yet may fail without ending the process', async (t) => {
  const { source, base } = await sourceFor(
    t,
    raw('HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\nsome', (socket) => socket.end()),
    { maxBytes: 2_000_000 },
  )
  const opened = await source.open(`${base}/x`)
  const { body } = opened
  if (Buffer.isBuffer(body)) throw new Error('it is a stream')
  await new Promise((resolve) => body.once('close', resolve))
  await refuses(t, 'broken', buffer(body))
})

t.test('a body that is dropped frees its connection', async (t) => {
  const server = http((_, answer) => answer.write('x'.repeat(100_000)))
  const closed = new Promise<void>((resolve) => {
    server.on('connection', (socket) => socket.once('close', () => resolve()))
  })
  const { source, base } = await sourceFor(t, server, { bodyTimeoutMs: 60_000 })
  const opened = await source.open(`${base}/x`)
  opened.close()
  await closed
})

t.test('a data: URI is a source like any other, within the size cap', async (t) => {
  const { source } = await sourceFor(
    t,
    http(() => undefined),
    { maxBytes: 5 },
  )
  const opened = await source.open('data:image/png;base64,aGVsbG8=')
  t.match(opened, { contentLength: 5, contentType: 'image/png' })
  t.equal(opened.body.toString(), 'hello')
  await refuses(t, 'broken', source.open('data:text/plain,longer'))
  await refuses(t, 'broken', source.open('DATA:text/plain;base64,!'))
  for (const url of ['', 'file.png', '/files/x', 'https://', 'v3.fal.media/x'])
    await refuses(t, 'refused', source.open(url))
})
