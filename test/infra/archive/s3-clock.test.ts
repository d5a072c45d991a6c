/** A machine whose clock is off still makes links that its bucket takes. */
import t from 'tap'
import { createS3Archive } from '../../../src/infra/archive/s3/s3-archive.ts'
import { startBucket } from './s3-server.ts'

const { now: realNow } = Date
t.afterEach(() => {
  Date.now = realNow
})

t.test('links are signed with the time of the bucket, which its answers tell', async (t) => {
  const { options } = await startBucket(t)
  for (const offMs of [20 * 60_000, -20 * 60_000, 0]) {
    Date.now = () => realNow() + offMs
    const archive = createS3Archive(options)
    t.equal(await archive.head('nothing'), null)
    const link = await archive.signedUrl('nothing', {
      expiresInSeconds: 60,
      contentType: 'image/png',
      fileName: 'nothing.png',
      inline: true,
    })
    const signed = new URL(link ?? '').searchParams.get('X-Amz-Date') ?? ''
    const at = Date.parse(signed.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
    t.ok(Math.abs(at - realNow()) < 60_000, `${offMs / 60_000} minutes off: ${signed}`)
    archive.close()
  }
})
