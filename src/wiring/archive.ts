/** Wires the archive's work: copying files, manifests, upkeep, bulk copies, verification and each client's own rules. */
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
import type { ArchiveStore } from '../ports/archive-store.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { Logger } from '../ports/logger.ts'

export interface ArchivingDeps {
  context: StoreContext
  store: JobStore
  archive: ArchiveStore
  view: (job: Job) => JobView
  log: Logger
}

export function createArchiving(config: Config, { context, store, archive, view, log }: ArchivingDeps) {
  const { clock, db } = context
  const { allowedHosts, allowedTypes, maxBytes, minBytesPerSecond, concurrency, hostConcurrency } =
    config.archive
  const source = createMediaSource({
    allowedHosts,
    maxBytes,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 60_000,
    minBytesPerSecond,
    concurrency,
    perHostConcurrency: hostConcurrency,
  })
  const copyFile = makeCopyFile({ archive, source, sniffer: createMediaSniffer(), clock, allowedTypes })
  const index = createArchiveIndex(db)
  const policies = createClientPolicies(db)
  const eraseAged = makeEraseAged({
    retention: createRetentionStore(context),
    store,
    archive,
    answerOf: (tombstone) => JSON.stringify(view(tombstone)),
    log,
  })
  return {
    archiveJob: makeArchiveJob({
      store,
      copyMedia: makeCopyMedia({ copyFile }),
      writeManifest: makeWriteManifest(archive),
      archive,
      clock,
      log,
    }),
    rearchive: makeRearchive({ index, store }),
    verifyArchive: makeVerifyArchive({ index, archive }),
    findOrphanObjects: makeFindOrphanObjects({ index, archive }),
    maintainArchive: makeMaintainArchive({ archive, eraseAged, log }),
    eraseAged,
    policies,
    archiveByDefault: makeArchiveDefault({ policies, clock }),
    close: () => source.close(),
  }
}
