/** Wires the archive's work: copying files, manifests, maintenance, bulk copies, verification and each client's own rules. */
import type { Config } from '../config/config.ts'
import type { Job } from '../domain/job.ts'
import { createMediaSniffer } from '../infra/archive/sniff/media-sniffer.ts'
import { createMediaSource } from '../infra/outbound/http-media-source.ts'
import { createClientPolicies } from '../infra/postgres/clients/client-policy-store.ts'
import type { StoreContext } from '../infra/postgres/connection/store-context.ts'
import { createArchiveIndex } from '../infra/postgres/maintenance/postgres-archive-index.ts'
import { createRetentionStore } from '../infra/postgres/maintenance/retention-store.ts'
import { makeArchiveJob } from '../jobs/archive/archive-job.ts'
import { makeCopyFile } from '../jobs/archive/copy-file.ts'
import { makeCopyMedia } from '../jobs/archive/copy-media.ts'
import { makeEraseAged } from '../jobs/archive/erase-aged.ts'
import { makeMaintainArchive } from '../jobs/archive/maintain-archive.ts'
import { makeFindOrphanObjects } from '../jobs/archive/orphan-objects.ts'
import { makeRearchive } from '../jobs/archive/rearchive.ts'
import { makeVerifyArchive } from '../jobs/archive/verify-archive.ts'
import { makeWriteManifest } from '../jobs/archive/write-manifest.ts'
import { makeArchiveDefault } from '../jobs/create/archive-default.ts'
import type { JobView } from '../jobs/read/job-view.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { Logger } from '../ports/logger.ts'
import { createArchive } from './archive-store.ts'

export interface ArchivingOptions {
  config: Config
  context: StoreContext
  jobs: JobStore
  view: (job: Job) => JobView
  log: Logger
  onTrouble: (trouble: string) => void
}

export type Archiving = Awaited<ReturnType<typeof createArchiving>>

export async function createArchiving(options: ArchivingOptions) {
  const { config, context, jobs, view, log, onTrouble } = options
  const { clock, db } = context
  const { allowedTypes } = config.archive
  const archive = await createArchive(config)
  const source = createSource(config)
  const copyFile = makeCopyFile({ archive, source, sniffer: createMediaSniffer(), clock, allowedTypes })
  const index = createArchiveIndex(db)
  const policies = createClientPolicies(db)
  const eraseAged = makeEraseAged({
    retention: createRetentionStore(context),
    store: jobs,
    archive,
    answerOf: (tombstone) => JSON.stringify(view(tombstone)),
    log,
  })
  return {
    /** The bucket or folder itself. */
    files: archive,
    archiveJob: makeArchiveJob({
      store: jobs,
      copyMedia: makeCopyMedia({ copyFile }),
      writeManifest: makeWriteManifest(archive),
      archive,
      clock,
      random: Math.random,
      log,
      onTrouble,
    }),
    index,
    rearchive: makeRearchive({ index, store: jobs }),
    verifyArchive: makeVerifyArchive({ index, archive }),
    findOrphanObjects: makeFindOrphanObjects({ index, archive }),
    maintainArchive: makeMaintainArchive({ archive, eraseAged, log }),
    eraseAged,
    policies,
    archiveByDefault: makeArchiveDefault({ policies, clock }),
    [Symbol.asyncDispose]: () => source.close(),
  }
}

function createSource({ archive }: Config) {
  return createMediaSource({
    allowedHosts: archive.allowedHosts,
    maxBytes: archive.maxBytes,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 60_000,
    minBytesPerSecond: archive.minBytesPerSecond,
    concurrency: archive.concurrency,
    perHostConcurrency: archive.hostConcurrency,
  })
}
