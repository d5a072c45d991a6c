/** The check of a bucket names every right that is missing, learns what the store does in its own manner, and leaves nothing. */
import t from 'tap'
import { createS3Archive } from '../../../../src/infra/archive/s3/s3-archive.ts'
import type { ArchiveStore } from '../../../../src/ports/archive-store.ts'
import { object } from '../../../contract/archive-store.contract.ts'
import { type Refusals, startBucket } from '../s3-server.ts'

const denied = [403, 'AccessDenied'] as const

async function left(store: ArchiveStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

t.test('a bucket that allows all passes, and holds what it held before', async (t) => {
  const { options, openUploads, requests } = await startBucket(t)
  const store = createS3Archive({ ...options, keyPrefix: 'team' })
  await store.put(object('c/kept.bin', Buffer.from('bytes')))
  requests.length = 0
  t.same(await store.check(), { remarks: [], pagesCanRead: false })
  const outside = requests.filter((line) => !/team(\/|%2F)probe|\?delete/.test(line))
  t.same(outside, [], 'nothing outside of its own folder is touched')
  t.same(await left(store), ['c/kept.bin'])
  t.same([...openUploads], [])
})

for (const [kind, named] of [
  ['puts', /^archive check: write failed: (?!.* failed:)/],
  ['gets', /read failed/],
  ['heads', /head failed/],
  ['linkHeads', /HEAD by link failed: the store answers 403 to a link signed for HEAD$/],
  ['lists', /list failed: .*ListBucket/],
  ['uploadStarts', /upload in parts failed.*begin an upload failed/],
  ['uploadLists', /^archive check: list open uploads failed: .*ListBucketMultipartUploads/],
  ['aborts', /^archive check: (list open uploads|abort an upload) failed: .*AbortMultipartUpload/],
] as const) {
  t.test(`a bucket that refuses ${kind} is found out`, async (t) => {
    const { options, refuses } = await startBucket(t, { refuses: { [kind]: denied } })
    const store = createS3Archive(options)
    await t.rejects(store.check(), { name: 'ArchiveError', message: named })
    for (const kind of Object.keys(refuses) as (keyof Refusals)[]) delete refuses[kind]
    t.same((await left(store)).length, kind === 'lists' ? 1 : 0, 'what it wrote is gone all the same')
  })
}

t.test('a bucket that refuses every deletion is found out, with what it means', async (t) => {
  const { options } = await startBucket(t, { refuses: { batchDeletes: denied, singleDeletes: denied } })
  await t.rejects(createS3Archive(options).check(), {
    message: /delete a batch failed: 2 objects are left.*; delete failed: 1 object is left/,
  })
})

t.test('what a store does in its own manner is remarked, and no failure', async (t) => {
  const { options } = await startBucket(t, {
    cors: true,
    refuses: {
      batchDeletes: denied,
      bareBodies: [400, 'InvalidRequest'],
      uploadLists: [501, 'NotImplemented'],
    },
  })
  const { remarks, pagesCanRead } = await createS3Archive(options).check()
  t.match(remarks, [/refuses batches/, /MD5/, /lifecycle rule/])
  t.equal(pagesCanRead, true)
})

t.test('a ping reads and writes nothing; it also tells that the last write failed', async (t) => {
  const { options, requests, refuses } = await startBucket(t)
  const store = createS3Archive(options)
  await store.ping()
  t.same(requests, ['GET /media/probe/nothing?x-id=GetObject'])
  refuses.puts = [507, 'XMinioStorageFull']
  await t.rejects(store.put(object('c/a.bin', Buffer.from('x'))))
  await t.rejects(store.ping(), /the last write failed: .*the store is full/)
  delete refuses.puts
  await store.put(object('c/a.bin', Buffer.from('x')))
  await store.ping()
  await t.rejects(store.put(object('c/b.bin', Buffer.from('x'), { contentLength: 9 })))
  await store.ping()
  refuses.gets = denied
  await t.rejects(store.ping(), /access denied/)
})
