/** What only a bucket owes: settings that reach it, links that open, parts that are dropped, and errors that name the setting. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { createS3Archive } from '../../../../src/infra/archive/s3/s3-archive.ts'
import { createS3Client, type S3ArchiveOptions } from '../../../../src/infra/archive/s3/s3-settings.ts'
import { object, pattern, rejectsWith, sha256 } from '../../../contract/archive-store.contract.ts'
import { listen } from '../listen.ts'
import { startBucket } from '../s3-server.ts'

const uploadStarted = '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>'

const fake = { bucket: 'media', region: 'auto', accessKeyId: 'a', secretAccessKey: 'b', forcePathStyle: true }

const xmlError = (code: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`

const answering = (t: Test, status: number, code: string): Promise<string> =>
  listen(
    t,
    createServer((incoming, answer) => {
      incoming.resume()
      incoming.on('end', () =>
        answer.writeHead(status, { 'content-type': 'application/xml' }).end(xmlError(code)),
      )
    }),
  )

t.test('a signed link opens the file with the type and name asked for, without a key', async (t) => {
  const { options } = await startBucket(t)
  const store = createS3Archive(options)
  await store.put(object('k/cat é.png', Buffer.from('bytes'), { contentType: 'image/png' }))
  const link = { expiresInSeconds: 60, contentType: 'image/webp', fileName: 'my cät.webp', inline: false }
  const url = await store.signedUrl('k/cat é.png', link)
  const answer = await fetch(url ?? '')
  t.equal(await answer.text(), 'bytes')
  t.equal(answer.headers.get('content-type'), 'image/webp')
  t.match(
    answer.headers.get('content-disposition'),
    /^attachment; filename="my c_t.webp"; filename\*=UTF-8''my%20c%C3%A4t.webp$/,
  )
  t.equal(new URL(url ?? '').searchParams.get('X-Amz-Expires'), '60')
})

t.test(
  'what could run in a browser is only offered for download, by the link and by the object itself',
  async (t) => {
    const { options } = await startBucket(t)
    const store = createS3Archive(options)
    for (const contentType of [
      'image/svg+xml',
      'text/html',
      'application/xhtml+xml',
      'application/pdf',
      'text/xml',
    ]) {
      const link = { expiresInSeconds: 60, contentType, fileName: 'drawing', inline: true }
      const url = new URL((await store.signedUrl('k/drawing', link)) ?? '')
      t.match(url.searchParams.get('response-content-disposition'), /^attachment;/, contentType)
      const kept = await recordHeaders(t, {}, { contentType })
      t.match(kept['content-disposition'], /^attachment;/, contentType)
    }
    const picture = await recordHeaders(t, {}, { contentType: 'image/png' })
    t.match(picture['content-disposition'], /^inline;/)
  },
)

t.test('keys live under the prefix, and small files carry their hash', async (t) => {
  const { options, requests } = await startBucket(t)
  const store = createS3Archive({ ...options, keyPrefix: '/team/media/' })
  await store.put(object('k/a.bin', Buffer.from('bytes')))
  t.ok(requests.some((line) => line.startsWith('PUT /media/team/media/k/a.bin')))
  t.same((await store.head('k/a.bin'))?.sha256, sha256(Buffer.from('bytes')))
  t.equal(await createS3Archive(options).head('k/a.bin'), null)
  t.match(await createS3Archive(options).head('team/media/k/a.bin'), { bytes: 5 })
})

t.test('a small file is one request, a larger one is sent in bounded parts', async (t) => {
  const { options, requests } = await startBucket(t)
  const store = createS3Archive({ ...options, partBytes: 5 * 1024 * 1024 })
  await store.put(object('k/exact.bin', pattern(5 * 1024 * 1024)))
  t.equal(requests.length, 1)
  await store.put(object('k/more.bin', pattern(5 * 1024 * 1024 + 1)))
  t.equal(requests.filter((line) => line.includes('partNumber=')).length, 2)
  t.equal(sha256(await buffer((await store.get('k/more.bin')).body)), sha256(pattern(5 * 1024 * 1024 + 1)))
})

t.test(
  'a bucket that refuses what it has takes new files without a look, and never a second time',
  async (t) => {
    const { options, requests } = await startBucket(t, { onlyNew: 'refuses' })
    const store = createS3Archive(options)
    t.equal(store.insert(), null, 'not before it has shown it')
    await store.check()
    const insert = store.insert()
    if (insert === null) throw new Error('the bucket has shown that it refuses')
    requests.length = 0
    const body = Buffer.from('bytes')
    const first = { ...object('k/new.png', body, { contentType: 'image/png' }), body }
    t.match(await insert(first), { key: 'k/new.png', bytes: 5, sha256: sha256(body) })
    t.equal(requests.length, 1)
    const other = Buffer.from('other bytes')
    t.equal(await insert({ ...first, body: other }), null)
    t.equal((await buffer((await store.get('k/new.png')).body)).toString(), 'bytes', 'what was there stays')
    await rejectsWith(t, 'broken', insert({ ...object('k/cut.png', body), body, contentLength: 9 }))
    t.equal(await store.head('k/cut.png'), null)
    await store.put({ ...first, body: other })
    t.equal(
      (await buffer((await store.get('k/new.png')).body)).toString(),
      'other bytes',
      'a put replaces it',
    )
  },
)

t.test('a bucket that does not know how to refuse is looked into first', async (t) => {
  for (const onlyNew of ['ignores', 'unknown'] as const) {
    const { options } = await startBucket(t, { onlyNew })
    const store = createS3Archive(options)
    await store.check()
    t.equal(store.insert(), null, onlyNew)
    for await (const { key } of store.list('')) t.fail(`the check left ${key}`)
  }
})

t.test('an abort between parts drops what was sent', async (t) => {
  const { options, requests, openUploads } = await startBucket(t)
  const store = createS3Archive(options)
  const stop = new AbortController()
  const body = new PassThrough()
  const ended = rejectsWith(t, 'later', store.put({ ...object('k/x', []), body, signal: stop.signal }))
  if (!body.write(pattern(20 * 1024 * 1024))) await once(body, 'drain')
  stop.abort()
  await ended
  t.ok(
    requests.some((line) => line.startsWith('DELETE')),
    'the upload is aborted',
  )
  t.equal(openUploads.size, 0)
})

t.test('uploads that a killed process left open are dropped once old, and only our own', async (t) => {
  const { options, openUploads } = await startBucket(t)
  const client = createS3Client(options)
  t.teardown(() => client.destroy())
  for (const Key of ['mine/k/left.mp4', 'others/left.mp4'])
    await client.send(new CreateMultipartUploadCommand({ Bucket: 'media', Key }))
  t.equal(openUploads.size, 2)
  const store = createS3Archive({ ...options, keyPrefix: 'mine' })
  t.equal(await store.sweepUnfinished(2 * 3_600_000), 0, 'the young ones may still be growing')
  t.equal(await store.sweepUnfinished(60_000), 1)
  t.same([...openUploads.values()], ['others/left.mp4'])
})

t.test('encryption, class and caching reach the bucket, and checksums only when wanted', async (t) => {
  const plain = await recordHeaders(t, {})
  t.notOk(Object.keys(plain).some((name) => name.startsWith('x-amz-checksum') || name.includes('encryption')))
  t.match(plain['x-amz-content-sha256'], /^[0-9a-f]{64}$/, 'the payload itself is signed')
  const full = await recordHeaders(t, {
    serverSideEncryption: 'aws:kms',
    kmsKeyId: 'key-1',
    storageClass: 'STANDARD_IA',
    cacheControl: 'private, max-age=60',
    checksums: 'supported',
    sessionToken: 'session',
  })
  t.match(full, {
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
    'x-amz-storage-class': 'STANDARD_IA',
    'cache-control': 'private, max-age=60',
    'x-amz-checksum-sha256': /^[A-Za-z0-9+/]{43}=$/,
    'x-amz-security-token': 'session',
  })
})

t.test('each refusal of the store names what to fix, and may be tried again', async (t) => {
  for (const [status, code, advice] of [
    [404, 'NoSuchBucket', /ARCHIVE_BUCKET/],
    [403, 'AccessDenied', /S3_ACCESS_KEY_ID.*s3:GetObject/],
    [403, 'InvalidAccessKeyId', /S3_ACCESS_KEY_ID/],
    [403, 'SignatureDoesNotMatch', /S3_SECRET_ACCESS_KEY/],
    [301, 'PermanentRedirect', /S3_REGION/],
    [400, 'AuthorizationHeaderMalformed', /S3_REGION/],
    [507, 'XMinioStorageFull', /full/],
    [400, 'ExpiredToken', /expired/],
    [403, 'RequestTimeTooSkewed', /clock/],
    [501, 'NotImplemented', /S3_CHECKSUMS=supported/],
    [400, 'InvalidRequest', /S3_CHECKSUMS=supported/],
    [400, 'NeverHeardOfIt', /S3_CHECKSUMS=supported/],
    [400, 'InvalidStorageClass', /S3_STORAGE_CLASS/],
    [503, 'SlowDown', /SlowDown 503/],
    [500, 'InternalError', /InternalError 500/],
  ] as const) {
    const store = createS3Archive({ ...fake, endpoint: await answering(t, status, code) })
    await t.rejects(store.check(), { name: 'ArchiveError', trouble: 'later', message: advice }, code)
    await rejectsWith(t, 'later', store.put(object('k', pattern(9 * 1024 * 1024))))
    store.close()
  }
  const nobody = createS3Archive({ ...fake, endpoint: 'http://127.0.0.1:1' })
  await t.rejects(nobody.check(), { trouble: 'later', message: /nothing listens.*S3_ENDPOINT/ })
})

t.test('a refusal names the settings that are in use, and what the store itself says', async (t) => {
  const server = createServer((incoming, answer) => {
    incoming.resume()
    const body = '<Error><Code>InvalidArgument</Code><Message>No such\n thing here.</Message></Error>'
    incoming.on('end', () => answer.writeHead(400).end(body))
  })
  const endpoint = await listen(t, server)
  const told = async (more: Partial<S3ArchiveOptions>) => {
    const store = createS3Archive({ ...fake, endpoint, ...more })
    const refused = await store.put(object('k', pattern(10))).catch((error: unknown) => error)
    store.close()
    return refused instanceof Error ? refused.message : ''
  }
  const all = await told({
    storageClass: 'STANDARD_IA',
    serverSideEncryption: 'aws:kms',
    kmsKeyId: 'key-1',
    checksums: 'supported',
  })
  t.match(
    all,
    /try without S3_STORAGE_CLASS=STANDARD_IA, S3_SERVER_SIDE_ENCRYPTION=aws:kms, S3_KMS_KEY_ID, S3_CHECKSUMS=supported \(/,
  )
  t.match(all, /\(InvalidArgument 400; the store says: "No such thing here\."\)$/)
  const one = await told({ storageClass: 'STANDARD_IA' })
  t.match(one, /try without S3_STORAGE_CLASS=STANDARD_IA \(/)
})

t.test('a store that hangs is let go when the copy is stopped', async (t) => {
  for (const size of [10, 20 * 1024 * 1024]) {
    const stop = new AbortController()
    const server = createServer((incoming, answer) => {
      incoming.resume()
      if (incoming.method === 'POST') answer.end(uploadStarted)
      else if (incoming.method === 'DELETE') answer.writeHead(204).end()
      else incoming.on('end', () => stop.abort())
    })
    const store = createS3Archive({ ...fake, endpoint: await listen(t, server) })
    await rejectsWith(t, 'later', store.put({ ...object('k', pattern(size)), signal: stop.signal }))
  }
})

t.test('a refused part ends the copy at once, drops the rest and tells the reason', async (t) => {
  const asked: string[] = []
  const server = createServer((incoming, answer) => {
    asked.push(incoming.method ?? '')
    incoming.resume()
    incoming.on('end', () => {
      if (incoming.method === 'POST') {
        answer.end(uploadStarted)
      } else {
        answer.writeHead(403).end(xmlError(incoming.method === 'PUT' ? 'AccessDenied' : 'MethodNotAllowed'))
      }
    })
  })
  const store = createS3Archive({ ...fake, endpoint: await listen(t, server) })
  const body = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(65_536)
    })(),
  )
  await t.rejects(store.put({ ...object('k', []), body }), { trouble: 'later', message: /access denied/ })
  t.ok(body.destroyed)
  t.ok(asked.filter((method) => method === 'PUT').length <= 2, 'no more parts than were on their way')
  t.ok(asked.includes('DELETE'))
})

t.test('a store without batch delete or a list of open uploads is cleaned one by one', async (t) => {
  const deleted: string[] = []
  const server = createServer((incoming, answer) => {
    incoming.resume()
    if (incoming.method === 'DELETE') {
      deleted.push(new URL(incoming.url ?? '', 'http://x').pathname)
      answer.writeHead(204).end()
    } else {
      answer.writeHead(501).end(xmlError('NotImplemented'))
    }
  })
  const store = createS3Archive({ ...fake, endpoint: await listen(t, server) })
  await store.delete(['a', 'b'])
  t.same(deleted, ['/media/a', '/media/b'])
  t.equal(await store.sweepUnfinished(0), 0, 'what it does not list it ends by a rule of its own')
})

t.test('a listing is read in pages as it is asked for, and skips what is not ours', async (t) => {
  const asked: (string | null)[] = []
  const server = createServer((incoming, answer) => {
    const { searchParams } = new URL(incoming.url ?? '', 'http://x')
    const page = searchParams.get('continuation-token')
    asked.push(page)
    t.equal(searchParams.get('prefix'), 'mine/c/')
    const entry = (key: string) =>
      `<Contents><Key>${key}</Key><Size>7</Size><LastModified>2026-11-01T00:00:00.000Z</LastModified></Contents>`
    const keys = { '': ['mine/c/1', 'others/c/1'], two: ['mine/c/', 'mine/c/2'], three: ['mine/c/3'] }
    const [content, next] =
      page === null ? [keys[''], 'two'] : page === 'two' ? [keys.two, 'three'] : [keys.three, null]
    const more =
      next === null
        ? '<IsTruncated>false</IsTruncated>'
        : `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`
    answer.end(`<ListBucketResult>${content.map(entry).join('')}${more}</ListBucketResult>`)
  })
  const store = createS3Archive({ ...fake, endpoint: await listen(t, server), keyPrefix: 'mine' })
  const found: string[] = []
  for await (const { key, bytes, modifiedAt } of store.list('c/')) {
    found.push(key)
    t.equal(asked.length, found.length, 'no page is read before it is needed')
    t.same([bytes, modifiedAt], [7, Date.UTC(2026, 10, 1)])
  }
  t.same(found, ['c/1', 'c/2', 'c/3'])
  t.same(asked, [null, 'two', 'three'])
  const refused = createS3Archive({ ...fake, endpoint: await answering(t, 403, 'AccessDenied') })
  await t.rejects(refused.list('')[Symbol.asyncIterator]().next(), {
    name: 'ArchiveError',
    message: /ListBucket/,
  })
})

async function recordHeaders(
  t: Test,
  options: Partial<S3ArchiveOptions>,
  more: { contentType?: string } = {},
) {
  const seen: Record<string, string | string[] | undefined> = {}
  const server = createServer((incoming, answer) => {
    Object.assign(seen, incoming.headers)
    incoming.resume()
    incoming.on('end', () => answer.setHeader('etag', '"x"').end())
  })
  const store = createS3Archive({ ...fake, endpoint: await listen(t, server), ...options })
  await store.put(object('k', Buffer.from('bytes'), more))
  return seen
}
