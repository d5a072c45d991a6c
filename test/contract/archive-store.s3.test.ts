/** The archive contract over the S3 protocol. */
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { createS3Archive } from '../../src/infra/archive/s3/s3-archive.ts'
import { createS3Client } from '../../src/infra/archive/s3/s3-settings.ts'
import { startBucket } from '../infra/archive/s3-server.ts'
import { archiveStoreContract } from './archive-store.contract.ts'

archiveStoreContract(t, async (t) => {
  const bucket = await startBucket(t)
  return {
    store: createS3Archive(bucket.options),
    reopen: () => createS3Archive(bucket.options),
    leftovers: async () => [...bucket.openUploads.keys()],
    async leaveUnfinished(count) {
      const client = createS3Client(bucket.options)
      for (let n = 0; n < count; n++) {
        const upload = { Bucket: 'media', Key: `k/left-${n}.bin` }
        const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload))
        await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'half' }))
      }
      client.destroy()
    },
    serverWritesInPlace: true,
  }
})
