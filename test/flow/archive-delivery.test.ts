/** Archived files over HTTP: whole, in parts, conditionally; never as something a browser runs; links that are ours only. */

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { startBucket } from '../infra/archive/s3-server.ts'
import { startBench, testKey } from '../support/service.ts'

const content = Buffer.from('0123456789'.repeat(100))

async function served(t: Test, contentType = 'video/mp4') {
  const bench = await startBench(t)
  const { files: archive } = bench.service.services.jobs.archive
  const { signer } = bench.service.services.views
  const key = 'c/2026/11/j/0-clip.mp4'
  await archive.put({ key, body: Readable.from([content]), contentLength: content.length, contentType })
  const link = { key, expiresAt: Date.now() + 60_000, contentType, fileName: 'clip.mp4', inline: true }
  const read = (headers: Record<string, string> = {}, method = 'GET', more: Partial<typeof link> = {}) =>
    fetch(new URL(`/files/${signer.sign({ ...link, ...more })}`, bench.service.url), { method, headers })
  return { bench, archive, key, read }
}

t.test('a file is served whole, by range, and not again to who has it', async (t) => {
  const { read, archive, key } = await served(t)
  const whole = await read()
  t.equal(whole.status, 200)
  t.equal(await whole.text(), content.toString())
  const etag = whole.headers.get('etag') ?? ''
  t.match(etag, /^"[0-9a-f]{64}"$/)
  t.equal(whole.headers.get('accept-ranges'), 'bytes')
  t.equal(whole.headers.get('content-type'), 'video/mp4')
  t.equal(whole.headers.get('content-length'), '1000')
  t.equal(whole.headers.get('content-disposition'), 'inline; filename="clip.mp4"')
  t.equal(whole.headers.get('x-content-type-options'), 'nosniff')

  const head = await read({}, 'HEAD')
  t.equal(head.status, 200)
  t.equal(head.headers.get('content-length'), '1000')
  t.equal(await head.text(), '')

  const ranges: [string, number, string | null, string | null][] = [
    ['bytes=0-3', 206, 'bytes 0-3/1000', '0123'],
    ['bytes=995-', 206, 'bytes 995-999/1000', '56789'],
    ['bytes=-2', 206, 'bytes 998-999/1000', '89'],
    ['bytes=-5000', 206, 'bytes 0-999/1000', content.toString()],
    ['bytes=990-5000', 206, 'bytes 990-999/1000', '0123456789'],
    ['bytes=1000-', 416, 'bytes */1000', ''],
    ['bytes=-0', 416, 'bytes */1000', ''],
    ['bytes=5-2', 200, null, content.toString()],
    ['bytes=0-1,5-6', 200, null, content.toString()],
    ['lines=1-2', 200, null, content.toString()],
  ]
  for (const [range, status, contentRange, body] of ranges) {
    const answer = await read({ range })
    t.equal(answer.status, status, range)
    t.equal(answer.headers.get('content-range'), contentRange, range)
    t.equal(await answer.text(), body, range)
  }
  t.equal((await read({ range: 'bytes=0-3', 'if-range': etag })).status, 206)
  t.equal((await read({ range: 'bytes=0-3', 'if-range': '"other"' })).status, 200, 'another version: whole')
  t.equal((await read({ range: 'bytes=0-3' }, 'HEAD')).headers.get('content-length'), '4')

  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const unchanged = await read({ 'if-none-match': known })
    t.equal(unchanged.status, 304, known)
    t.equal(unchanged.headers.get('etag'), etag)
    t.equal(await unchanged.text(), '')
  }
  t.equal((await read({ 'if-none-match': '"x"' })).status, 200)

  await archive.delete([key])
  t.equal((await read()).status, 404)
})

t.test('what could run in a browser is only offered for download', async (t) => {
  const { read } = await served(t)
  for (const contentType of ['image/svg+xml', 'text/html', 'application/xhtml+xml', 'application/pdf']) {
    const answer = await read({}, 'GET', { contentType })
    t.match(answer.headers.get('content-disposition'), /^attachment;/, contentType)
    t.match(answer.headers.get('content-security-policy'), /sandbox/)
  }
})

t.test('a link that expired, was changed or was never ours opens nothing', async (t) => {
  const { bench, read } = await served(t)
  t.equal((await read({}, 'GET', { expiresAt: Date.now() - 1 })).status, 403)
  const good = (await read()).url
  for (const bad of [`${good}x`, good.replace(/\.[^.]+$/, '.AAAA'), good.slice(0, -2)])
    t.equal((await fetch(bad)).status, 403)
  t.equal((await bench.call('GET', '/files/nonsense')).status, 403)
})

t.test('with a bucket, files, manifest and links live there, and verify reads it again', async (t) => {
  const { options } = await startBucket(t)
  const bench = await startBench(t, {
    environment: {
      ARCHIVE_BUCKET: options.bucket,
      ARCHIVE_KEY_PREFIX: 'fal',
      S3_ENDPOINT: options.endpoint ?? '',
      S3_REGION: options.region,
      S3_ACCESS_KEY_ID: options.accessKeyId ?? '',
      S3_SECRET_ACCESS_KEY: options.secretAccessKey ?? '',
      S3_FORCE_PATH_STYLE: '1',
    },
  })
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier', numOutputs: 2 })
  const job = await bench.settled(id)
  t.equal(job.archive.status, 'archived', job.archive.lastError ?? '')
  for (const media of job.media) {
    const answer = await fetch(new URL(media.url ?? '', bench.service.url))
    t.ok(answer.url.startsWith(`${options.endpoint}/media/fal/`), 'the link leads into the bucket')
    const bytes = Buffer.from(await answer.arrayBuffer())
    t.equal(createHash('sha256').update(bytes).digest('hex'), media.sha256)
  }
  const { archive: archiving } = bench.service.services.jobs
  t.match(await archiving.verifyArchive({}, () => undefined), { jobs: 1, files: 2, differences: 0 })
})

t.test(
  'each link to a file in a bucket works by HEAD as by GET, in parts, and stays the same for a browser to keep',
  async (t) => {
    const { options } = await startBucket(t)
    const bench = await startBench(t, {
      environment: {
        ARCHIVE_BUCKET: options.bucket,
        S3_ENDPOINT: options.endpoint ?? '',
        S3_REGION: options.region,
        S3_ACCESS_KEY_ID: options.accessKeyId ?? '',
        S3_SECRET_ACCESS_KEY: options.secretAccessKey ?? '',
        S3_FORCE_PATH_STYLE: '1',
        CORS_ORIGINS: 'https://app.example.com',
      },
    })
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier' })
    const [media] = (await bench.settled(id)).media
    const size = String(media?.bytes)
    const byJob = `/api/jobs/${id}/media/0`
    const told = (await bench.call('GET', `${byJob}?redirect=0`)).body.url
    const authorization = { authorization: `Bearer ${testKey}` }
    for (const link of [media?.url, media?.archiveUrl, byJob, told]) {
      const url = new URL(link ?? '', bench.service.url)
      const head = await fetch(url, { method: 'HEAD', headers: authorization })
      t.equal(head.status, 200, link ?? '')
      t.equal(head.headers.get('content-length'), size)
      t.ok(head.url.startsWith(options.endpoint ?? '?'), "with the bucket's own headers")
      const whole = await fetch(url, { headers: authorization })
      t.same([whole.status, String((await whole.arrayBuffer()).byteLength)], [200, size])
      t.equal(head.headers.get('etag'), whole.headers.get('etag'))
      const part = await fetch(url, { headers: { ...authorization, range: 'bytes=1-4' } })
      t.same([part.status, part.headers.get('content-range')], [206, `bytes 1-4/${size}`])
      await part.body?.cancel()
      const known = { ...authorization, 'if-none-match': whole.headers.get('etag') ?? '' }
      t.equal((await fetch(url, { headers: known })).status, 304)
    }
    const redirect = () =>
      fetch(media?.url ?? '', { redirect: 'manual', headers: { origin: 'https://app.example.com' } })
    const [first, second] = [await redirect(), await redirect()]
    t.equal(
      first.headers.get('location'),
      second.headers.get('location'),
      'a browser keeps the file under its address',
    )
    t.equal(
      first.headers.get('cache-control'),
      'private, no-cache',
      'but not the redirect, which is for one method',
    )
    t.equal(first.headers.get('access-control-allow-origin'), 'https://app.example.com')
    t.match(first.headers.get('access-control-expose-headers'), /content-range/)
  },
)

t.test('with a public base URL the links of a job point there, unsigned', async (t) => {
  const bench = await startBench(t, {
    environment: { ARCHIVE_PUBLIC_BASE_URL: 'https://cdn.example/base/', ARCHIVE_KEY_PREFIX: 'fal/media' },
  })
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier' })
  const job = await bench.settled(id)
  const stored = await bench.service.services.store.jobs.get(id)
  const key = stored?.media[0]?.archive?.key
  t.equal(job.media[0]?.url, `https://cdn.example/base/fal/media/${key}`)
  t.equal(job.media[0]?.archiveUrl, job.media[0]?.url)
})
