/** Views that stay small: callbacks of any job, and files inside results in lists. */
import t from 'tap'
import type { Job, Media } from '../../../src/domain/job.ts'
import { viewForCallback, viewListed } from '../../../src/jobs/read/bounded-view.ts'
import { type Links, viewJob } from '../../../src/jobs/read/job-view.ts'
import { creation } from '../../domain/sample-job.ts'

const links: Links = {
  to: (path) => path,
  media: ({ archive }) => (archive === null ? null : `https://archive.test/${archive.key}`),
  thumbnail: () => null,
}
const now = Date.UTC(2026, 0, 2)
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))
const jobWith = (changes: Partial<Job>): Job => ({ ...creation().after, status: 'completed', ...changes })
const callbackOf = (changes: Partial<Job>) => viewForCallback(jobWith(changes), links, now)

const pixel = Buffer.alloc(90_000, 7).toString('base64')
const inline: Media = {
  index: 0,
  path: 'images[0]',
  kind: 'image',
  sourceUrl: null,
  contentType: 'image/png',
  fileName: null,
  bytes: null,
  width: null,
  height: null,
  durationSeconds: null,
  thumbnailUrl: null,
  archive: null,
}
const copied: Media = {
  ...inline,
  archive: {
    key: 'copy.png',
    bytes: 90_000,
    sha256: '0'.repeat(64),
    contentType: 'image/png',
    archivedAt: '2026-01-01T00:00:00.000Z',
    width: null,
    height: null,
    durationSeconds: null,
  },
}
const withInline = JSON.stringify({ images: [{ url: `data:image/png;base64,${pixel}` }], seed: 7 })

t.test('a small job is shown whole', async (t) => {
  const job = jobWith({ result: '{"seed":17454220438242315174}' })
  t.strictSame(viewForCallback(job, links, now), viewJob(job, links, now))
})

t.test('whatever a job holds, its callback stays below 64 KB and names what it leaves out', async (t) => {
  const files = Array.from({ length: 900 }, (_, index) => ({
    ...inline,
    index,
    path: `images[${index}]`,
    sourceUrl: `https://v3.fal.media/${'f'.repeat(200)}/${index}.png`,
  }))
  const long = 'ü'.repeat(32_000)
  const cases: [string, Partial<Job>, string[]][] = [
    ['a large result', { result: JSON.stringify({ text: long.repeat(4) }) }, ['/result']],
    ['long texts', { params: { prompt: long, steps: 4 }, result: '{"seed":1}' }, ['/params/prompt']],
    [
      'texts and a result',
      { params: { prompt: long }, result: JSON.stringify({ text: long }) },
      ['/params/prompt', '/result'],
    ],
    [
      'long reasons',
      { error: { code: 'FAL_REJECTED', message: 'No.', retryable: false, details: [long, long] } },
      ['/error/details'],
    ],
    ['many files', { media: files, result: '{"seed":1}' }, ['/result', '/media']],
    [
      'files in a broken result',
      { result: JSON.stringify({ a: `x "data: ${long.repeat(2)}` }) },
      ['/result'],
    ],
  ]
  for (const [name, changes, pointers] of cases) {
    const view = callbackOf(changes)
    t.ok(bytesOf(view) < 64_000, `${name}: ${bytesOf(view)} bytes`)
    t.strictSame(
      view.omitted.map(({ pointer }) => pointer),
      pointers,
      name,
    )
    t.ok(view.omitted.every(({ bytes }) => bytes > 0))
  }
  t.ok(callbackOf({ media: files }).media.length > 20, 'the first files are shown')
})

t.test('a file inside a result is the link of its copy, and described until there is one', async (t) => {
  const described = { images: [{ url: { data: 'image/png', bytes: 90_000 } }], seed: 7 }
  const linked = { images: [{ url: 'https://archive.test/copy.png' }], seed: 7 }
  t.match(callbackOf({ result: withInline, media: [inline] }).result, described)
  t.strictSame(callbackOf({ result: withInline, media: [inline] }).omitted, [])
  t.strictSame(callbackOf({ result: withInline, media: [copied] }).result, linked)
  const listed = (media: Media[]) =>
    viewListed({ ...jobWith({ result: withInline, media }), omittedResultBytes: null }, links, now).result
  t.match(listed([inline]), described)
  t.strictSame(listed([copied]), linked)
  const whole = viewJob(jobWith({ result: withInline, media: [inline] }), links, now).result
  t.equal(JSON.stringify(whole), withInline, 'a look at the job shows what stands nowhere else')
  t.strictSame(viewJob(jobWith({ result: withInline, media: [copied] }), links, now).result, linked)
})
