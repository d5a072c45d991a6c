/** The archive that the configuration names, a bucket or else a folder, and its check when the service starts. */
import { join } from 'node:path'
import { createIntervalLoop } from '../concurrency/interval-loop.ts'
import type { Config } from '../config/config.ts'
import { createFolderArchive } from '../infra/archive/folder/folder-archive.ts'
import type { ArchiveStore } from '../ports/archive-store.ts'
import type { Logger } from '../ports/logger.ts'

/** Nothing is connected or written yet. The SDK for buckets takes long to load: only a configuration with one loads it. */
export async function createArchive(config: Config): Promise<ArchiveStore> {
  const { bucket, dir, keyPrefix, cacheControl, s3 } = config.archive
  if (bucket === null) return createFolderArchive({ dir: join(dir, keyPrefix) })
  const { createS3Archive } = await import('../infra/archive/s3/s3-archive.ts')
  return createS3Archive({
    bucket,
    region: s3.region,
    forcePathStyle: s3.forcePathStyle,
    checksums: s3.checksums,
    proxy: config.outgoingProxy,
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

/**
 * Retry interval for a bucket that was unavailable at the start: until it answers, every file is checked for before
 * it is stored.
 */
const checkEveryMs = 60_000

/**
 * Tries the archive until it is found in order, once in a minute. A failure is no reason not to start: jobs are taken and
 * finish, and their files are copied when it can be written again. Resolves to what ends it.
 */
export function checkArchiveAtStart(archive: Pick<ArchiveStore, 'check'>, log: Logger): () => void {
  const loop = createIntervalLoop({
    everyMs: checkEveryMs,
    atStart: true,
    async runOnce() {
      const { remarks } = await archive.check()
      if (remarks.length > 0) log.info({ remarks }, 'the archive deviates from S3')
      // Not awaited: it would wait for this very round.
      void loop.stop()
    },
    log,
    failed: 'the archive cannot be used as it must: files wait until it can; `fal-jobs doctor` says more',
  })
  loop.start()
  // A store that does not answer must not hold up the end of the process.
  return () => void loop.stop()
}
