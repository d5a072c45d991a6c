/** One file from a misbehaving source into a real folder: only sound files are stored, repeats write nothing, oddities are told. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import type { Media } from '../../../src/domain/job.ts'
import { mediaKey } from '../../../src/domain/media/archive-keys.ts'
import { createFolderArchive } from '../../../src/infra/archive/folder/folder-archive.ts'
import { createMediaSniffer } from '../../../src/infra/archive/sniff/media-sniffer.ts'
import { createMediaSource } from '../../../src/infra/outbound/http-media-source.ts'
import { makeCopyFile } from '../../../src/jobs/archive/copy-file.ts'
import type { ObjectToStore } from '../../../src/ports/archive-store.ts'
import type { MediaSource } from '../../../src/ports/media-source.ts'
import { drawPng } from '../../../src/simulator/media/png.ts'
import { listen } from '../../infra/archive/listen.ts'

const png = drawPng({ width: 320, height: 200, seed: 1, note: 'copy', black: false })
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const job = { id: 'job_1', clientId: 'cli_1', createdAt: Date.UTC(2026, 10, 5), result: null }
const signal = new AbortController().signal

type Answer = (response: ServerResponse, request: number) => void

const whole = (response: ServerResponse, content = png, type = 'image/png') =>
  response.writeHead(200, { 'content-type': type, 'content-length': content.length }).end(content)
/** No length, a clean end: only the format can tell that something is missing. */
const silent = (response: ServerResponse, content: Buffer, type = 'image/png') => {
  response.writeHead(200, { 'content-type': type })
  response.write(content)
  response.end()
}

async function setUp(t: Test, answer: Answer, allowedTypes: string[] = [], refusesTaken = false) {
  let requests = 0
  const server = createServer((_, response) => {
    requests += 1
    answer(response, requests)
  })
  const base = await listen(t, server)
  const source = createMediaSource({
    allowedHosts: [new URL(base).host],
    maxBytes: 10_000_000,
    headersTimeoutMs: 2000,
    bodyTimeoutMs: 2000,
  })
  t.teardown(() => source.close())
  const dir = t.testdir()
  const folder = createFolderArchive({ dir })
  const puts: ObjectToStore[] = []
  const looks: string[] = []
  let open = 0
  const openAtReads: number[] = []
  const counted: MediaSource = {
    async open(...asked) {
      const opened = await source.open(...asked)
      open += 1
      return {
        ...opened,
        close() {
          open -= 1
          opened.close()
        },
      }
    },
  }
  /** As a bucket does that refuses what it has. */
  const insert = async (object: ObjectToStore) =>
    (await folder.head(object.key)) === null ? archive.put(object) : null
  const archive = {
    ...folder,
    insert: () => (refusesTaken ? insert : null),
    head: (key: string) => {
      looks.push(key)
      return folder.head(key)
    },
    get: (key: string) => {
      openAtReads.push(open)
      return folder.get(key)
    },
    put: (object: ObjectToStore) => {
      puts.push(object)
      return folder.put(object)
    },
  }
  const clock = { now: () => Date.UTC(2026, 10, 6) }
  const sniffer = createMediaSniffer()
  const copyFile = makeCopyFile({ archive, source: counted, sniffer, clock, allowedTypes })
  return {
    folder,
    puts,
    looks,
    /** Downloads that were open whenever something stored was read back. */
    openAtReads,
    requests: () => requests,
    copy: (more: Partial<Media> = {}) => copyFile(job, media(base, more), signal),
    isEmpty: async (more: Partial<Media> = {}) => {
      const left = (await readdir(dir)).includes('.tmp') ? await readdir(`${dir}/.tmp`) : []
      return left.length === 0 && (await folder.head(mediaKey(job, media(base, more)))) === null
    },
  }
}

const media = (base: string, more: Partial<Media>): Media => ({
  index: 0,
  path: 'images[0]',
  kind: 'image',
  sourceUrl: `${base}/files/cat.png`,
  contentType: 'image/png',
  fileName: null,
  bytes: null,
  width: null,
  height: null,
  durationSeconds: null,
  thumbnailUrl: null,
  archive: null,
  ...more,
})

t.test('a sound file is stored with its measures, and told without warnings', async (t) => {
  const { copy, folder } = await setUp(t, (response) => whole(response))
  const file = await copy({ bytes: png.length })
  t.match(file, { bytes: png.length, sha256: sha256(png), contentType: 'image/png', width: 320, height: 200 })
  t.notOk('warnings' in file)
  t.equal(file.key, 'cli_1/2026/11/job_1/0-cat.png')
  t.match(await folder.head(file.key), { bytes: png.length, contentType: 'image/png' })
})

const broken: [string, Answer, Partial<Media>][] = [
  ['a page in place of the file', (r) => whole(r, Buffer.from('<html>moment'), 'text/html'), {}],
  ['no bytes', (r) => whole(r, Buffer.alloc(0)), {}],
  ['fewer bytes than the result declared', (r) => whole(r, png.subarray(0, -100)), { bytes: png.length }],
  ['no length, other cuts each time', (r, n) => silent(r, png.subarray(0, -100 * n)), {}],
  ['more than the size cap', (r) => silent(r, Buffer.alloc(11_000_000)), {}],
]
for (const [name, answer, more] of broken) {
  t.test(`${name}: broken, and nothing is stored`, async (t) => {
    const { copy, isEmpty } = await setUp(t, answer)
    await t.rejects(copy(more), { name: 'ArchiveError', trouble: 'broken' })
    t.ok(await isEmpty(more))
  })
}

t.test('a cut without any length is noticed by the format, and the second download is taken', async (t) => {
  const { copy, puts, requests } = await setUp(t, (response, n) =>
    silent(response, n === 1 ? png.subarray(0, -1020) : png),
  )
  t.match(await copy(), { bytes: png.length, sha256: sha256(png) })
  t.equal(requests(), 2)
  t.equal(puts.length, 2, 'the first was never finished')
})

t.test('a file that simply is so is kept with a warning when two downloads agree', async (t) => {
  const odd = png.subarray(0, -12)
  const { copy } = await setUp(t, (response) => whole(response, odd))
  t.match(await copy(), { sha256: sha256(odd), warnings: [/two downloads/] })
})

t.test('a wrong file_size does not cost a file that is whole by its format', async (t) => {
  const { copy } = await setUp(t, (response) => whole(response))
  t.match(await copy({ bytes: 17 }), { bytes: png.length, warnings: [/declared 17/] })
})

t.test('the type is what the bytes are, and a contradiction is told', async (t) => {
  const { copy, folder } = await setUp(t, (response) => whole(response, png, 'text/html'))
  const file = await copy({ contentType: 'image/jpeg' })
  t.match(file, { contentType: 'image/png', warnings: ['declared as image/jpeg, but it is image/png'] })
  t.match(await folder.head(file.key), { contentType: 'image/png' })
})

t.test('types that are not allowed are refused before a byte is stored', async (t) => {
  const { copy, isEmpty, puts } = await setUp(t, (response) => whole(response), ['video/*'])
  await t.rejects(copy(), { trouble: 'refused', message: /ARCHIVE_ALLOWED_TYPES/ })
  t.equal(puts.length, 0)
  t.ok(await isEmpty())
})

t.test('a repeated copy reads back what is stored: nothing is written or downloaded twice', async (t) => {
  const { copy, puts, requests } = await setUp(t, (response) => whole(response))
  const first = await copy()
  const again = await copy()
  t.same(again, first)
  t.equal(puts.length, 1)
  t.equal(requests(), 1)
})

t.test('what lies under the key but is not the file is written over', async (t) => {
  const { copy, folder } = await setUp(t, (response) => whole(response))
  const { Readable } = await import('node:stream')
  const key = 'cli_1/2026/11/job_1/0-cat.png'
  await folder.put({
    key,
    body: Readable.from([png.subarray(0, 500)]),
    contentLength: null,
    contentType: 'image/png',
  })
  t.match(await copy({ bytes: png.length }), { sha256: sha256(png) })
  t.match(await folder.head(key), { bytes: png.length })
})

t.test(
  'where the store refuses what it has, a new small file costs no look, and none is stored twice',
  async (t) => {
    const { copy, puts, looks } = await setUp(t, (response) => whole(response), [], true)
    const first = await copy()
    t.equal(looks.length, 0)
    t.same(await copy(), first)
    t.equal(puts.length, 1)
  },
)

t.test('what was stored by a killed run counts, though the source no longer has it', async (t) => {
  const answer: Answer = (response, n) => (n === 1 ? whole(response) : response.writeHead(404).end())
  const { copy, puts } = await setUp(t, answer, [], true)
  const first = await copy()
  t.same(await copy(), first)
  t.equal(puts.length, 1)
  await t.rejects(copy({ fileName: 'never-stored.png' }), { name: 'ArchiveError', trouble: 'gone' })
})

t.test('a large file is looked for before its bytes are read', async (t) => {
  const large = Buffer.concat([png, Buffer.alloc(2_000_000)])
  const { copy, puts, looks } = await setUp(t, (response) => whole(response, large), [], true)
  const first = await copy()
  t.equal(looks.length, 1)
  t.same(await copy(), first)
  t.equal(puts.length, 1)
})

t.test(
  'a large file that is stored unsound is read back with no download waiting, and written over',
  async (t) => {
    const large = Buffer.concat([png, Buffer.alloc(2_000_000)])
    const { copy, folder, openAtReads } = await setUp(t, (response) => whole(response, large), [], true)
    const key = 'cli_1/2026/11/job_1/0-cat.png'
    await folder.put({ key, body: png.subarray(0, 500), contentLength: null, contentType: 'image/png' })
    t.match(await copy({ bytes: large.length }), { sha256: sha256(large) })
    t.same(openAtReads, [0])
  },
)

t.test('a damaged file is written over, also where the store refuses what it has', async (t) => {
  const { copy, puts, folder } = await setUp(t, (response) => whole(response), [], true)
  const key = 'cli_1/2026/11/job_1/0-cat.png'
  const body = png.subarray(0, 500)
  await folder.put({ key, body, contentLength: null, contentType: 'image/png' })
  t.match(await copy({ damaged: true }), { sha256: sha256(png) })
  t.equal(puts.length, 1)
  t.match(await folder.head(key), { bytes: png.length })
})

t.test('what is refused as taken but is not the file is written over', async (t) => {
  const { copy, folder } = await setUp(t, (response) => whole(response), [], true)
  const key = 'cli_1/2026/11/job_1/0-cat.png'
  const body = png.subarray(0, 500)
  await folder.put({ key, body, contentLength: null, contentType: 'image/png' })
  t.match(await copy({ bytes: png.length }), { sha256: sha256(png) })
  t.match(await folder.head(key), { bytes: png.length })
})
