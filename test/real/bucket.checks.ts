/** The archive against a real S3 server: the contract, the documented rights, versions, and a job's way from copy to erasure. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { createS3Archive } from '../../src/infra/archive/s3/s3-archive.ts'
import { createS3Client } from '../../src/infra/archive/s3/s3-settings.ts'
import { archiveStoreContract, object } from '../contract/archive-store.contract.ts'
import { runCommand } from '../support/run-command.ts'
import { startBench } from '../support/service.ts'
import { environmentOf, makeBucket, optionsOf, realStore } from './real-bucket.ts'

const contractBucket = await makeBucket('contract')

archiveStoreContract(t, async () => {
  // A bucket a test would do as well, and take longer.
  const keyPrefix = randomUUID()
  const options = { ...contractBucket.options, keyPrefix }
  return {
    store: createS3Archive(options),
    reopen: () => createS3Archive(options),
    leftovers: () => contractBucket.openUploads(`${keyPrefix}/`),
    async leaveUnfinished(count) {
      const client = createS3Client(options)
      for (let n = 0; n < count; n++) {
        const upload = { Bucket: options.bucket, Key: `${keyPrefix}/k/left-${n}.bin` }
        const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload))
        await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'half' }))
      }
      client.destroy()
    },
    leftForMs: 0,
  }
})

t.test('the check passes with nothing to remark, and leaves nothing', async (t) => {
  const bucket = await makeBucket('checked')
  t.same(await createS3Archive(bucket.options).check(), { remarks: [], pagesCanRead: false })
  t.same(await bucket.versions(), [])
  t.same(await bucket.openUploads(), [])
})

t.test('with checksums in every request all of it works as well', async (t) => {
  const bucket = await makeBucket('checksums')
  await createS3Archive({ ...bucket.options, checksums: 'supported' }).check()
  t.same(await bucket.versions(), [])
})

t.test('the rights of docs/deploy.md suffice for an account that owns nothing', async (t) => {
  const deploy = await readFile(new URL('../../docs/deploy.md', import.meta.url), 'utf8')
  const text = /```json\n(\{\s*"Version".*?)```/s.exec(deploy)?.[1] ?? ''
  const policy = JSON.parse(text.replaceAll(':::media', ':::rights'))
  for (const statement of policy.Statement) statement.Principal = { AWS: [realStore.guest.arn] }
  const bucket = await makeBucket('rights', { policy })
  const store = createS3Archive(optionsOf('rights', realStore.guest))
  await store.check()
  await store.put(object('c/a.bin', Buffer.from('a')))
  await store.put(object('c/b.bin', Buffer.from('b')))
  await store.delete(['c/a.bin', 'c/b.bin'])
  t.same(await bucket.versions(), [])
  await store.sweepUnfinished(0)
})

t.test('an account with fewer rights is told which are missing', async (t) => {
  await makeBucket('closed')
  const store = createS3Archive(optionsOf('closed', realStore.guest))
  await t.rejects(store.check(), { message: /^archive check: write failed: .*AccessDenied/ })
})

t.test('in a bucket that keeps versions nothing is left of what is deleted', async (t) => {
  const bucket = await makeBucket('versions', { keepsVersions: true })
  const store = createS3Archive(bucket.options)
  t.match(await store.check(), { remarks: [/keeps versions/] })
  t.same(await bucket.versions(), [], 'of the check')
  for (const key of ['c/job/a.bin', 'c/job/a.bin', 'c/job/b.bin', 'c/kept.bin'])
    await store.put(object(key, Buffer.from(key)))
  const fresh = createS3Archive(bucket.options)
  await fresh.delete(['c/job/a.bin'], { below: ['c/job'] })
  t.same(await bucket.versions(), ['c/kept.bin'])
})

t.test(
  'a job is archived, opened by HEAD and GET, examined by the doctor, and erased without a trace',
  async (t) => {
    const bucket = await makeBucket('jobs')
    const bench = await startBench(t, { environment: environmentOf(bucket.options) })
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier', numOutputs: 2 })
    const job = await bench.settled(id)
    t.equal(job.archive.status, 'archived', job.archive.lastError ?? '')
    for (const media of job.media) {
      const url = media.url ?? ''
      const head = await fetch(url, { method: 'HEAD' })
      t.same([head.status, head.headers.get('content-length')], [200, String(media.bytes)])
      const whole = await fetch(url)
      t.same([whole.status, (await whole.arrayBuffer()).byteLength], [200, media.bytes])
      t.equal((await fetch(url, { headers: { range: 'bytes=0-3' } })).status, 206)
    }
    const before = await bucket.versions()
    t.equal((await bench.call('GET', '/readyz')).body.checks.archive.error, null)
    t.same(
      (await bucket.versions()).filter((key) => !before.includes(key)),
      [],
      'readiness writes nothing',
    )
    const doctor = await runCommand(['doctor', '--json'], bench.environment)
    const { checks } = JSON.parse(doctor.stdout) as {
      checks: { name: string; status: string; detail: string }[]
    }
    t.match(
      checks.find(({ name }) => name === 'archive'),
      { status: 'ok' },
    )

    const client = createS3Client(bucket.options)
    await client.send(new CreateMultipartUploadCommand({ Bucket: 'jobs', Key: 'c/abandoned.bin' }))
    const swept = await runCommand(['archive', 'sweep'], bench.environment)
    t.equal(swept.code, 0, swept.stderr)
    t.same(await bucket.openUploads(), ['c/abandoned.bin'], 'it may still run')

    t.equal((await bench.call('DELETE', `/api/jobs/${id}`)).status, 204)
    t.same(await bucket.versions(), [])
  },
)
