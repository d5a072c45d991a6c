/** Deleting in a bucket is true: a refused batch is repeated one by one, every version goes, and what is left is told. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createS3Archive } from '../../../../src/infra/archive/s3/s3-archive.ts'
import { object } from '../../../contract/archive-store.contract.ts'
import { listen } from '../listen.ts'
import { startBucket } from '../s3-server.ts'

const content = Buffer.from('bytes')

for (const refusal of [
  [403, 'AccessDenied'],
  [400, 'InvalidArgument'],
  [400, 'MalformedXML'],
  [400, 'InvalidDigest'],
  [400, 'BadDigest'],
  [400, 'XAmzContentChecksumMismatch'],
  [400, 'InvalidRequest'],
  [405, 'MethodNotAllowed'],
  [501, 'NotImplemented'],
  [400, 'NeverHeardOfIt'],
] as const) {
  t.test(`a batch refused with ${refusal[1]} is repeated one by one, and not tried again`, async (t) => {
    const { options, requests } = await startBucket(t, { refuses: { batchDeletes: refusal } })
    const store = createS3Archive(options)
    const keys = ['k/a.bin', 'k/b.bin', 'k/c.bin']
    for (const key of keys) await store.put(object(key, content))
    await store.delete([...keys, 'k/none.bin'])
    for (const key of keys) t.equal(await store.head(key), null)
    const batches = () => requests.filter((line) => line.startsWith('POST')).length
    t.equal(batches(), 1)
    await store.delete(keys)
    t.equal(batches(), 1)
  })
}

t.test('one key is deleted by the request that needs the fewest rights', async (t) => {
  const { options, requests } = await startBucket(t)
  const store = createS3Archive(options)
  await store.put(object('k/a.bin', content))
  await store.delete(['k/a.bin'])
  t.same(
    requests.filter((line) => !line.startsWith('PUT')),
    ['DELETE /media/k/a.bin?x-id=DeleteObject'],
  )
})

t.test(
  'what is refused one by one as well is told, with how many are left, the first and the reason',
  async (t) => {
    const { options, refuses } = await startBucket(t, { refuses: { singleDeletes: [403, 'AccessDenied'] } })
    const store = createS3Archive({ ...options, keyPrefix: 'team' })
    for (const key of ['k/a.bin', 'k/b.bin']) await store.put(object(key, content))
    refuses.batchDeletes = [403, 'AccessDenied']
    await t.rejects(store.delete(['k/a.bin', 'k/b.bin']), {
      name: 'ArchiveError',
      trouble: 'later',
      left: 2,
      message: /^2 objects are left, first k\/a\.bin: .*AccessDenied 403/,
    })
    delete refuses.batchDeletes
    await store.delete(['k/a.bin', 'k/b.bin'])
    t.equal(await store.head('k/a.bin'), null)
  },
)

t.test('a folder goes with everything below it, and with nothing beside it', async (t) => {
  const { options } = await startBucket(t)
  const store = createS3Archive({ ...options, keyPrefix: 'team' })
  for (const key of ['k/job/0-a.png', 'k/job/9-stray.png', 'k/job-2/0-a.png', 'k/other.png'])
    await store.put(object(key, content))
  await store.delete(['k/other.png'], { below: ['k/job', 'set-aside/k/job'] })
  const left: string[] = []
  for await (const { key } of store.list('')) left.push(key)
  t.same(left, ['k/job-2/0-a.png'])
})

interface Version {
  key: string
  id: string
  isMarker: boolean
}

/** A bucket that keeps versions, of which s3rver knows nothing: deletes hide, listings come in pages of two. */
async function versionedBucket(t: Test, { deniesVersions = false } = {}) {
  const versions: Version[] = []
  let next = 0
  const add = (key: string, isMarker: boolean) => {
    versions.push({ key, id: `v${next++}`, isMarker })
    return versions.at(-1)?.id ?? ''
  }
  const server = createServer(async (incoming, answer) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://bucket')
    const key = decodeURIComponent(pathname.replace('/media/', ''))
    const body = await text(incoming)
    const id = searchParams.get('versionId')
    const remove = (key: string, id: string) => {
      const at = versions.findIndex((one) => one.key === key && one.id === id)
      if (at >= 0) versions.splice(at, 1)
    }
    const denied = () => answer.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
    if (incoming.method === 'PUT') {
      answer.setHeader('etag', '"x"').setHeader('x-amz-version-id', add(key, false)).end()
    } else if (incoming.method === 'DELETE' && id !== null) {
      if (deniesVersions) return denied()
      remove(key, id)
      answer.writeHead(204).end()
    } else if (incoming.method === 'DELETE') {
      const marker = add(key, true)
      answer.writeHead(204, { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker }).end()
    } else if (incoming.method === 'POST') {
      const entries = [...body.matchAll(/<Key>([^<]+)<\/Key>(?:<VersionId>([^<]+)<\/VersionId>)?/g)]
      const told = entries.map(([, one = '', version]) => {
        if (version === undefined)
          return `<Deleted><Key>${one}</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>${add(one, true)}</DeleteMarkerVersionId></Deleted>`
        if (deniesVersions)
          return `<Error><Key>${one}</Key><VersionId>${version}</VersionId><Code>AccessDenied</Code></Error>`
        remove(one, version)
        return `<Deleted><Key>${one}</Key><VersionId>${version}</VersionId></Deleted>`
      })
      answer.end(`<DeleteResult>${told.join('')}</DeleteResult>`)
    } else if (searchParams.has('versions')) {
      const prefix = searchParams.get('prefix') ?? ''
      const after = `${searchParams.get('key-marker') ?? ''} ${searchParams.get('version-id-marker') ?? ''}`
      const placeOf = ({ key, id }: Version) => `${key} ${id}`
      const rest = versions
        .filter((one) => one.key.startsWith(prefix) && placeOf(one) > after)
        .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
      const shown = rest.slice(0, 2)
      const entry = ({ key, id, isMarker }: Version) => {
        const name = isMarker ? 'DeleteMarker' : 'Version'
        return `<${name}><Key>${key}</Key><VersionId>${id}</VersionId></${name}>`
      }
      const last = shown.at(-1)
      const more =
        rest.length > 2
          ? `<IsTruncated>true</IsTruncated><NextKeyMarker>${last?.key}</NextKeyMarker><NextVersionIdMarker>${last?.id}</NextVersionIdMarker>`
          : ''
      answer.end(`<ListVersionsResult>${shown.map(entry).join('')}${more}</ListVersionsResult>`)
    } else if (searchParams.has('list-type')) {
      const prefix = searchParams.get('prefix') ?? ''
      const newest = new Map(versions.map((one) => [one.key, one]))
      const there = [...newest.values()].filter((one) => !one.isMarker && one.key.startsWith(prefix))
      const shown = there.map((one) => `<Contents><Key>${one.key}</Key></Contents>`)
      answer.end(`<ListBucketResult>${shown.join('')}</ListBucketResult>`)
    } else {
      answer.writeHead(404).end()
    }
  })
  const endpoint = await listen(t, server)
  const options = {
    bucket: 'media',
    region: 'us-east-1',
    endpoint,
    accessKeyId: 'a',
    secretAccessKey: 'b',
    forcePathStyle: true,
  }
  return { versions, open: () => createS3Archive(options) }
}

t.test(
  'in a bucket that keeps versions nothing of what is deleted is left, and nothing else goes',
  async (t) => {
    const { versions, open } = await versionedBucket(t)
    const first = open()
    for (const key of ['k/job/0-a.png', 'k/job/0-a.png', 'k/job/1-b.png', 'k/x.png', 'k/x.png2'])
      await first.put(object(key, content))
    // Another process hid one of them before: only its versions tell of it.
    versions.push({ key: 'k/job/7-old.png', id: 'old', isMarker: false })
    versions.push({ key: 'k/job/7-old.png', id: 'older', isMarker: true })
    const fresh = open()
    await fresh.delete(['k/x.png', 'k/job/0-a.png', 'k/job/1-b.png'], { below: ['k/job'] })
    t.same(
      versions.map(({ key }) => key),
      ['k/x.png2'],
      'a process that learns of the versions from its first delete',
    )
    await first.put(object('k/y.png', content))
    await first.delete(['k/y.png'])
    t.equal(versions.length, 1, 'a process that learned of them by writing')
  },
)

t.test('versions that may not be deleted are told as left, with the rights that it takes', async (t) => {
  const { versions, open } = await versionedBucket(t, { deniesVersions: true })
  const store = open()
  for (const key of ['k/job/0-a.png', 'k/job/1-b.png']) await store.put(object(key, content))
  await t.rejects(store.delete(['k/job/0-a.png', 'k/job/1-b.png']), {
    name: 'ArchiveError',
    message: /keeps old versions.*s3:ListBucketVersions and s3:DeleteObjectVersion/,
  })
  t.ok(versions.length >= 2)
})
