/** Large files in parts: every part is signed and checked by its own hash, failures drop what was sent, and buffers used again hold no old bytes. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createChunkFiller } from '../../../../src/infra/archive/s3/chunk-filler.ts'
import { createS3Archive } from '../../../../src/infra/archive/s3/s3-archive.ts'
import { partBytesFor } from '../../../../src/infra/archive/s3/s3-parts.ts'
import type { S3ArchiveOptions } from '../../../../src/infra/archive/s3/s3-settings.ts'
import { object, pattern, sha256 } from '../../../contract/archive-store.contract.ts'
import { listen } from '../listen.ts'

const mebibyte = 1024 * 1024

interface Seen {
  method: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: Buffer
}

/** Takes parts, and answers as `answerOf` says where it says something. */
async function recording(t: Test, answerOf: (seen: Seen) => { status: number; body: string } | null) {
  const requests: Seen[] = []
  const server = createServer(async (incoming, answer) => {
    const { searchParams } = new URL(incoming.url ?? '/', 'http://bucket')
    const body = await buffer(incoming).catch(() => Buffer.alloc(0))
    const seen = { method: incoming.method ?? '', query: searchParams, headers: incoming.headers, body }
    requests.push(seen)
    const special = answerOf(seen)
    answer.setHeader('etag', '"part"')
    if (special !== null) answer.writeHead(special.status).end(special.body)
    else if (searchParams.has('uploads')) answer.end(xml('InitiateMultipartUpload', '<UploadId>1</UploadId>'))
    else if (incoming.method === 'POST') answer.end(xml('CompleteMultipartUpload', '<ETag>"whole"</ETag>'))
    else answer.end()
  })
  const endpoint = await listen(t, server)
  const open = (more: Partial<S3ArchiveOptions> = {}) => {
    const store = createS3Archive({ ...fake, endpoint, ...more })
    t.teardown(() => store.close())
    return store
  }
  return { requests, open }
}

const fake = { bucket: 'media', region: 'auto', accessKeyId: 'a', secretAccessKey: 'b', forcePathStyle: true }
const xml = (name: string, content: string) =>
  `<?xml version="1.0"?><${name}Result>${content}</${name}Result>`
const refusal = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`

t.test(
  'small files and parts are signed by the hash of their very bytes, in order and without gaps',
  async (t) => {
    const { requests, open } = await recording(t, () => null)
    const content = pattern(23 * mebibyte + 7)
    await open({ partBytes: 5 * mebibyte }).put(object('k/large.bin', content))
    await open().put(object('k/small.bin', pattern(1000)))
    const puts = requests.filter(({ method }) => method === 'PUT')
    t.equal(puts.length, 6)
    for (const { headers, body } of puts) {
      t.equal(headers['x-amz-content-sha256'], sha256(body))
      t.notOk(
        Object.keys(headers).some((name) => name.startsWith('x-amz-checksum')),
        'no store is asked to check more',
      )
    }
    const parts = puts
      .filter(({ query }) => query.has('partNumber'))
      .toSorted((a, b) => Number(a.query.get('partNumber')) - Number(b.query.get('partNumber')))
    t.equal(sha256(Buffer.concat(parts.map(({ body }) => body))), sha256(content))
  },
)

t.test('where the store takes checksums, each part and the list of parts carry theirs', async (t) => {
  const { requests, open } = await recording(t, () => null)
  await open({ partBytes: 5 * mebibyte, checksums: 'supported' }).put(
    object('k/large.bin', pattern(12 * mebibyte)),
  )
  const base64 = (body: Buffer) => createHash('sha256').update(body).digest('base64')
  const parts = requests.filter(({ method }) => method === 'PUT')
  t.equal(parts.length, 3)
  for (const { headers, body } of parts) t.equal(headers['x-amz-checksum-sha256'], base64(body))
  const [begun, joined] = requests.filter(({ method }) => method === 'POST')
  t.equal(begun?.headers['x-amz-checksum-algorithm'], 'SHA256')
  for (const { body } of parts) t.ok(joined?.body.toString().includes(base64(body)))
})

t.test('a store that is too busy for a moment is asked again, with the same bytes', async (t) => {
  const busyOnce = new Set<string | null>()
  const { requests, open } = await recording(t, ({ method, query }) => {
    const part = query.get('partNumber')
    if (method !== 'PUT' || busyOnce.has(part)) return null
    busyOnce.add(part)
    return { status: 503, body: refusal('SlowDown') }
  })
  const content = pattern(17 * mebibyte)
  await open({ partBytes: 5 * mebibyte }).put(object('k/large.bin', content))
  const bodies = new Map<string, Set<string>>()
  for (const { method, query, body } of requests) {
    if (method !== 'PUT') continue
    const part = query.get('partNumber') ?? ''
    bodies.set(part, (bodies.get(part) ?? new Set()).add(sha256(body)))
  }
  t.equal(bodies.size, 4)
  t.ok([...bodies.values()].every((hashes) => hashes.size === 1))
})

for (const [name, broken, trouble] of [
  ['begin', ({ query }: Seen) => query.has('uploads'), /access denied/],
  ['take a part', ({ query }: Seen) => query.get('partNumber') === '2', /access denied/],
  [
    'join the parts',
    ({ method, query }: Seen) => method === 'POST' && query.has('uploadId'),
    /access denied/,
  ],
] as const) {
  t.test(`a store that refuses to ${name} is told, and what was sent is dropped`, async (t) => {
    const { requests, open } = await recording(t, (seen) =>
      broken(seen) ? { status: 403, body: refusal('AccessDenied') } : null,
    )
    const put = open({ partBytes: 5 * mebibyte }).put(object('k/large.bin', pattern(30 * mebibyte)))
    await t.rejects(put, { name: 'ArchiveError', trouble: 'later', message: trouble })
    const dropped = requests.filter(({ method }) => method === 'DELETE').length
    t.equal(dropped, name === 'begin' ? 0 : 1)
  })
}

t.test('an error told in an answer of 200 while joining is no success', async (t) => {
  const { requests, open } = await recording(t, ({ method, query }) =>
    method === 'POST' && query.has('uploadId') ? { status: 200, body: refusal('InternalError') } : null,
  )
  await t.rejects(open().put(object('k/large.bin', pattern(9 * mebibyte))), {
    name: 'ArchiveError',
    trouble: 'later',
  })
  t.ok(requests.some(({ method }) => method === 'DELETE'))
})

t.test('a very long file goes in larger parts, since a store takes 10,000', async (t) => {
  t.equal(partBytesFor(null, 8 * mebibyte), 8 * mebibyte)
  t.equal(partBytesFor(2e9, 8 * mebibyte), 8 * mebibyte)
  const long = 200e9
  t.ok(Math.ceil(long / partBytesFor(long, 8 * mebibyte)) <= 10_000)
})

t.test('chunks of any size fill buffers of any size', async (t) => {
  const content = pattern(1000)
  for (const [chunk, size] of [
    [1, 7],
    [7, 1],
    [300, 64],
    [64, 300],
    [1000, 1000],
  ] as const) {
    const filler = createChunkFiller(
      (async function* () {
        for (let at = 0; at < content.length; at += chunk) {
          yield Buffer.alloc(0)
          yield content.subarray(at, at + chunk)
        }
      })(),
    )
    const filled: Buffer[] = []
    while (await filler.more()) {
      const into = Buffer.alloc(size)
      filled.push(into.subarray(0, await filler.fill(into)))
    }
    t.ok(Buffer.concat(filled).equals(content), `${chunk} into ${size}`)
    t.ok(filled.slice(0, -1).every(({ length }) => length === size))
  }
})
