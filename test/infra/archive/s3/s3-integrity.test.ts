/** Uploads fit stores that want a digest, or do not know one: what is refused for it is sent as the store wants it, and remembered. */
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { createS3Archive } from '../../../../src/infra/archive/s3/s3-archive.ts'
import { object, pattern, sha256 } from '../../../contract/archive-store.contract.ts'
import { startBucket } from '../s3-server.ts'

const mebibyte = 1024 * 1024
const small = pattern(70_000)
const large = pattern(17 * mebibyte)

for (const refusal of [
  [400, 'InvalidRequest'],
  [400, 'MissingContentMD5'],
] as const) {
  t.test(
    `a bucket with Object Lock (${refusal[1]}) gets an MD5 with each body once it asked for it`,
    async (t) => {
      const { options, requests } = await startBucket(t, { refuses: { bareBodies: refusal } })
      const store = createS3Archive(options)
      await store.put(object('k/small.bin', small))
      t.equal(requests.length, 2, 'refused once')
      await store.put(object('k/large.bin', large))
      t.equal(requests.filter((line) => line.includes('partNumber=')).length, 3, 'and never again')
      for (const [key, content] of [
        ['k/small.bin', small],
        ['k/large.bin', large],
      ] as const)
        t.equal(sha256(await buffer((await store.get(key)).body)), sha256(content))
      const fresh = createS3Archive(options)
      await fresh.put(object('k/part-first.bin', large))
      t.equal(sha256(await buffer((await store.get('k/part-first.bin')).body)), sha256(large))
    },
  )
}

t.test('with S3_CHECKSUMS=supported such a bucket is content at once', async (t) => {
  const { options, requests } = await startBucket(t, { refuses: { bareBodies: [400, 'InvalidRequest'] } })
  await createS3Archive({ ...options, checksums: 'supported' }).put(object('k/small.bin', small))
  t.equal(requests.length, 1)
})

t.test('a store that knows no checksums in the list of parts gets the list without them', async (t) => {
  const { options, requests, openUploads } = await startBucket(t, {
    refuses: { partChecksums: [400, 'MalformedXML'] },
  })
  const store = createS3Archive({ ...options, checksums: 'supported' })
  const joins = () => requests.filter((line) => line.startsWith('POST') && line.includes('uploadId=')).length
  await store.put(object('k/large.bin', large))
  t.equal(joins(), 2)
  await store.put(object('k/again.bin', large))
  t.equal(joins(), 3, 'what it refused is not sent again')
  t.equal(sha256(await buffer((await store.get('k/again.bin')).body)), sha256(large))
  t.same([...openUploads], [])
})

t.test('a list of parts that is refused for another reason stays refused', async (t) => {
  const { options, openUploads } = await startBucket(t, { refuses: { partChecksums: [400, 'InvalidPart'] } })
  const store = createS3Archive({ ...options, checksums: 'supported' })
  await t.rejects(store.put(object('k/large.bin', large)), {
    name: 'ArchiveError',
    message: /InvalidPart 400/,
  })
  t.same([...openUploads], [])
})
