/** The archive that the configuration names: a bucket, or a folder when none is set. */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { createFolderArchive } from '../infra/archive/folder/folder-archive.ts'
import type { ArchiveStore } from '../ports/archive-store.ts'

/** Nothing is connected or written yet. The SDK of buckets is much to load: only who has a bucket waits for it. */
export async function createArchive(config: Config): Promise<ArchiveStore> {
  const { bucket, dir, keyPrefix, cacheControl, s3 } = config.archive
  if (bucket === null) return createFolderArchive({ dir: join(dir, keyPrefix) })
  const { createS3Archive } = await import('../infra/archive/s3/s3-archive.ts')
  return createS3Archive({
    bucket,
    region: s3.region,
    forcePathStyle: s3.forcePathStyle,
    checksums: s3.checksums,
    keyPrefix,
    ...(cacheControl === null ? {} : { cacheControl }),
    ...(s3.serverSideEncryption === null ? {} : { serverSideEncryption: s3.serverSideEncryption }),
    ...(s3.kmsKeyId === null ? {} : { kmsKeyId: s3.kmsKeyId }),
    ...(s3.storageClass === null ? {} : { storageClass: s3.storageClass }),
    ...(s3.endpoint === null ? {} : { endpoint: s3.endpoint }),
    ...(s3.accessKeyId === null ? {} : { accessKeyId: s3.accessKeyId }),
    ...(s3.secretAccessKey === null ? {} : { secretAccessKey: s3.secretAccessKey }),
  })
}
