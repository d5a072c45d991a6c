/** What every archive store owes, whatever it keeps its objects in; one run per adapter. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { ArchiveError } from '../../src/domain/archive-error.ts'
import type { ArchiveStore, ObjectToStore } from '../../src/ports/archive-store.ts'

export interface StoreUnderTest {
  store: ArchiveStore
  /** Another instance over the same objects, as after a restart. */
  reopen(): ArchiveStore
  /** Names of half-written things. */
  leftovers(): Promise<string[]>
  /** Leaves so many half-written things behind, an hour old, as processes do that are killed in the middle of a copy. */
  leaveUnfinished(count: number): Promise<void>
  /** The test server behind the store writes objects in place, so races on one key prove nothing about the store. */
  serverWritesInPlace?: boolean
  /** A real store keeps its own time: what `leaveUnfinished` leaves there is this old at least. Default a minute. */
  leftForMs?: number
}

type Open = (t: Test) => Promise<StoreUnderTest>

export function archiveStoreContract(t: Test, open: Open): void {
  wholeObjects(t, open)
  failedPuts(t, open)
  reads(t, open)
  manyObjects(t, open)
  listings(t, open)
  maintenance(t, open)
}

function wholeObjects(t: Test, open: Open): void {
  t.test('what is stored is read back byte for byte, with its measures and type', async (t) => {
    const { store, reopen } = await open(t)
    for (const [key, content] of [
      ['c/2026/11/job/0-small.png', Buffer.from('small content')],
      ['c/2026/11/job/1-empty.bin', Buffer.alloc(0)],
      ['c/2026/11/job/2-large.mp4', pattern(20 * mebibyte)],
    ] as const) {
      for (const contentLength of [content.length, null]) {
        const streamed = object(key, content, { contentLength, contentType: 'video/mp4' })
        for (const given of [streamed, { ...streamed, body: content }]) {
          const stored = await store.put(given)
          t.same(stored, { key, bytes: content.length, sha256: sha256(content) }, `measures of ${key}`)
          const again = reopen()
          const head = await again.head(key)
          t.match(head, { bytes: content.length, contentType: 'video/mp4' }, 'facts survive a restart')
          t.ok(head?.sha256 === null || head?.sha256 === stored.sha256, 'the hash is right or unknown')
          const got = await again.get(key)
          t.match(got, { bytes: content.length, contentType: 'video/mp4' })
          t.equal(sha256(await buffer(got.body)), stored.sha256, 'same bytes')
        }
      }
    }
  })
}

function failedPuts(t: Test, open: Open): void {
  t.test('a body that fails on the way leaves nothing, and its class of trouble is kept', async (t) => {
    const { store, leftovers } = await open(t)
    for (const bytes of [0, 1000, 12 * mebibyte]) {
      for (const error of [new ArchiveError('broken', 'cut'), new Error('socket hang up')]) {
        const trouble = error instanceof ArchiveError ? error.trouble : 'later'
        await rejectsWith(
          t,
          trouble,
          store.put({ ...object('k/fails.bin', []), body: failing(bytes, error) }),
        )
        t.equal(await store.head('k/fails.bin'), null)
      }
    }
    t.same(await leftovers(), [])
  })

  t.test('a body of another length than declared is never stored as good', async (t) => {
    const { store, leftovers } = await open(t)
    for (const size of [10, 9 * mebibyte]) {
      const content = pattern(size)
      for (const contentLength of [size - 1, size + 1, 0, size * 2]) {
        const streamed = object('k/length.bin', content, { contentLength })
        await rejectsWith(t, 'broken', store.put(streamed))
        await rejectsWith(t, 'broken', store.put({ ...streamed, body: content }))
        t.equal(await store.head('k/length.bin'), null)
      }
    }
    t.same(await leftovers(), [])
  })

  t.test('a failed overwrite leaves the earlier object whole', async (t) => {
    const { store } = await open(t)
    await store.put(object('k/keep.bin', Buffer.from('first')))
    await rejectsWith(t, 'broken', store.put(object('k/keep.bin', Buffer.from('x'), { contentLength: 2 })))
    await rejectsWith(
      t,
      'later',
      store.put({ ...object('k/keep.bin', []), body: failing(9 * mebibyte, new Error('no')) }),
    )
    t.equal((await buffer((await store.get('k/keep.bin')).body)).toString(), 'first')
  })

  t.test('putting again replaces the object, its type and its hash', async (t) => {
    const { store } = await open(t)
    await store.put(object('k/again.bin', Buffer.from('first'), { contentType: 'text/plain' }))
    await store.put(object('k/again.bin', Buffer.from('other'), { contentType: 'image/png' }))
    const head = await store.head('k/again.bin')
    t.same(head, { bytes: 5, sha256: sha256(Buffer.from('other')), contentType: 'image/png' })
    t.equal((await buffer((await store.get('k/again.bin')).body)).toString(), 'other')
  })

  t.test('an abort ends a copy that hangs, leaves nothing and frees the source', async (t) => {
    const { store, leftovers } = await open(t)
    for (const before of [0, 100, 9 * mebibyte]) {
      const stop = new AbortController()
      const body = new PassThrough()
      const put = store.put({ ...object('k/stopped.bin', []), body, signal: stop.signal })
      const ended = rejectsWith(t, 'later', put)
      if (before > 0 && !body.write(pattern(before))) await once(body, 'drain')
      stop.abort()
      await ended
      t.equal(await store.head('k/stopped.bin'), null)
      t.ok(body.destroyed, 'the source is let go')
    }
    for (const body of [Readable.from([Buffer.from('x')]), Buffer.from('x')]) {
      const put = store.put({ ...object('k/stopped.bin', []), body, signal: AbortSignal.abort() })
      await rejectsWith(t, 'later', put)
    }
    t.equal(await store.head('k/stopped.bin'), null)
    t.same(await leftovers(), [])
  })
}

function reads(t: Test, open: Open): void {
  t.test('ranges are read inclusive, cut at the end, and refused beyond it', async (t) => {
    const { store } = await open(t)
    await store.put(object('k/range.txt', Buffer.from('0123456789')))
    const read = async (start: number, end: number) => {
      const got = await store.get('k/range.txt', { start, end })
      const text = (await buffer(got.body)).toString()
      t.equal(got.bytes, text.length, 'bytes are those of the range')
      return text
    }
    t.equal(await read(1, 1), '1')
    t.equal(await read(0, 2), '012')
    t.equal(await read(2, 5), '2345')
    t.equal(await read(8, 500), '89')
    await rejectsWith(t, 'refused', store.get('k/range.txt', { start: 10, end: 12 }))
  })

  t.test('what is not there is null, gone, and fine to delete', async (t) => {
    const { store } = await open(t)
    t.equal(await store.head('k/none'), null)
    await rejectsWith(t, 'gone', store.get('k/none'))
    await store.put(object('k/there.bin', Buffer.from('x')))
    await store.put(object('k/stays.bin', Buffer.from('y')))
    await store.delete(['k/none', 'k/there.bin', ...Array.from({ length: 1005 }, (_, n) => `k/none-${n}`)])
    await store.delete([])
    t.equal(await store.head('k/there.bin'), null)
    t.match(await store.head('k/stays.bin'), { bytes: 1 })
  })
}

function manyObjects(t: Test, open: Open): void {
  t.test('a deletion takes what lies in the folders it names, and nothing beside them', async (t) => {
    const { store } = await open(t)
    for (const key of [
      'k/job/0-a.png',
      'k/job/9-b.png',
      'set-aside/k/job/8-c.png',
      'k/job-2/0-a.png',
      'k/x.png',
    ])
      await store.put(object(key, Buffer.from(key)))
    await store.delete(['k/x.png', 'k/job/0-a.png'], { below: ['k/job', 'set-aside/k/job', 'k/none'] })
    t.same(await listed(store, ''), [['k/job-2/0-a.png', 15]])
    t.equal(await store.head('k/job/9-b.png'), null)
  })

  t.test('many puts at once, also of one key, each end with a whole object', async (t) => {
    const { store, leftovers, serverWritesInPlace } = await open(t)
    const contents = Array.from({ length: 20 }, (_, n) => Buffer.from(`content ${n}`.repeat(n + 1)))
    await Promise.all(contents.map((content, n) => store.put(object(`k/many/${n}.bin`, content))))
    for (const [n, content] of contents.entries()) {
      t.equal((await store.head(`k/many/${n}.bin`))?.sha256, sha256(content))
    }
    t.same(await leftovers(), [])
    if (serverWritesInPlace === true) return
    await Promise.all(contents.map((content) => store.put(object('k/same.bin', content))))
    const got = await buffer((await store.get('k/same.bin')).body)
    t.ok(
      contents.some((content) => content.equals(got)),
      'one of them, whole',
    )
    t.match(await store.head('k/same.bin'), { bytes: got.length, sha256: sha256(got) })
    t.same(await leftovers(), [])
  })

  t.test('names with spaces, marks and other alphabets are kept apart', async (t) => {
    const { store } = await open(t)
    const names = [
      'a b.png',
      'a+b.png',
      'a%20b.png',
      'a&b=c;d.png',
      "it's (1).png",
      'été.png',
      '写真.png',
      '.hidden',
    ]
    names.push(`${'n'.repeat(200)}.png`, '..png', 'a..b')
    for (const name of names) await store.put(object(`w/${name}`, Buffer.from(name)))
    for (const name of names) {
      t.equal((await buffer((await store.get(`w/${name}`)).body)).toString(), name)
    }
    await store.delete(names.map((name) => `w/${name}`))
    for (const name of names) t.equal(await store.head(`w/${name}`), null)
  })
}

function listings(t: Test, open: Open): void {
  t.test('a listing names every whole object below a prefix once, and nothing else', async (t) => {
    const { store, leaveUnfinished } = await open(t)
    t.same(await listed(store, ''), [], 'a new store holds nothing')
    const began = Date.now()
    const sizes = new Map(
      Array.from({ length: 25 }, (_, n) => [`c/2026/${n % 3}/job-${n}/${n}-a b.png`, n + 1]),
    )
    sizes.set('c/2026/1/job-30', 9 * mebibyte)
    sizes.set('d/only.bin', 0)
    for (const [key, bytes] of sizes) await store.put(object(key, pattern(bytes)))
    await store.put(object('c/2026/removed.bin', Buffer.from('x')))
    await store.delete(['c/2026/removed.bin'])
    await leaveUnfinished(1)
    for (const prefix of [
      '',
      'c/',
      'c/2026/1/',
      'c/2026/1/job-3',
      'd/only.bin',
      'd/only.bin/',
      'nothing',
      '.',
    ])
      t.same(
        await listed(store, prefix),
        [...sizes].filter(([key]) => key.startsWith(prefix)).toSorted(),
        `below "${prefix}"`,
      )
    for await (const { modifiedAt } of store.list('')) {
      // Stores tell whole seconds.
      t.ok(modifiedAt >= began - 1000 && modifiedAt <= Date.now() + 1000)
      break
    }
  })
}

function maintenance(t: Test, open: Open): void {
  t.test('a sweep removes what killed processes left, once it is old, and nothing else', async (t) => {
    const { store, leftovers, leaveUnfinished, leftForMs = 60_000 } = await open(t)
    t.equal(await store.sweepUnfinished(0), 0, 'a new store has nothing to sweep')
    await store.put(object('k/stays.bin', pattern(9 * mebibyte)))
    await leaveUnfinished(3)
    const body = new PassThrough()
    const underWay = store.put({ ...object('k/grows.bin', []), body })
    if (!body.write(pattern(18 * mebibyte))) await once(body, 'drain')
    t.equal(await store.sweepUnfinished(2 * 3_600_000), 0, 'young ones may still be growing')
    body.end()
    t.equal((await underWay).bytes, 18 * mebibyte, 'a copy under way is not disturbed')
    t.equal(await store.sweepUnfinished(leftForMs), 3)
    t.same(await leftovers(), [])
    t.equal(await store.sweepUnfinished(leftForMs), 0, 'a second sweep finds nothing')
    t.match(await store.head('k/stays.bin'), { bytes: 9 * mebibyte })
    t.match(await store.head('k/grows.bin'), { bytes: 18 * mebibyte })
  })

  t.test('the check passes on a working store', async (t) => {
    const { store, leftovers } = await open(t)
    await store.check()
    t.same(await leftovers(), [])
  })
}

const mebibyte = 1024 * 1024

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** Bytes without a short period, so that a swapped or repeated part shows. */
export function pattern(size: number): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4))
  for (let at = 0; at < words.length; at++) words[at] = Math.imul(at, 2_654_435_761)
  return Buffer.from(words.buffer, 0, size)
}

export function object(
  key: string,
  content: Buffer | Buffer[],
  more: Partial<Pick<ObjectToStore, 'contentLength' | 'contentType'>> = {},
): ObjectToStore {
  const whole = Buffer.isBuffer(content) ? content : Buffer.concat(content)
  return {
    key,
    body: Readable.from(pieces(whole)),
    contentLength: null,
    contentType: 'application/octet-stream',
    ...more,
  }
}

function* pieces(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
}

/** Key and size of each, sorted. */
async function listed(store: ArchiveStore, prefix: string): Promise<[string, number][]> {
  const found: [string, number][] = []
  for await (const { key, bytes } of store.list(prefix)) found.push([key, bytes])
  return found.toSorted()
}

function failing(afterBytes: number, error: Error): Readable {
  return Readable.from(
    (function* () {
      yield* pieces(pattern(afterBytes))
      throw error
    })(),
  )
}

export async function rejectsWith(t: Test, trouble: string, promise: Promise<unknown>): Promise<void> {
  await t.rejects(promise, { name: 'ArchiveError', trouble })
}
