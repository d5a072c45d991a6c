/** The archive contract over the S3 protocol. */
import t from 'tap'
import { createS3Archive } from '../../src/infra/archive/s3-archive.ts'
import { startBucket } from '../infra/archive/s3-server.ts'
import { archiveStoreContract } from './archive-store.contract.ts'

archiveStoreContract(t, async (t) => {
  const bucket = await startBucket(t)
  return {
    store: createS3Archive(bucket.options),
    reopen: () => createS3Archive(bucket.options),
    leftovers: async () => [...bucket.openUploads.keys()],
    serverWritesInPlace: true,
  }
})
