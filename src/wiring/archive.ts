/** Wires the archive's work: copying files, manifests, upkeep, bulk copies, verification and each client's own rules. */
import type { Config } from '../config/config.ts'
import type { Job } from '../domain/job.ts'
import { createMediaSniffer } from '../infra/archive/media-sniffer.ts'
import { createMediaSource } from '../infra/outbound/media-source.ts'
import { createArchiveIndex } from '../infra/postgres/archive-index.ts'
import { createClientPolicies } from '../infra/postgres/client-policies.ts'
import { createRetentionStore } from '../infra/postgres/retention-store.ts'
import type { StoreContext } from '../infra/postgres/store-context.ts'
import { createArchiveDefault } from '../jobs/archive-default.ts'
import { createArchiveJob } from '../jobs/archive-job.ts'
import { createArchiveUpkeep } from '../jobs/archive-upkeep.ts'
import { createCopyFile } from '../jobs/copy-file.ts'
import { createCopyMedia } from '../jobs/copy-media.ts'
import type { JobView } from '../jobs/job-view.ts'
import { createWriteManifest } from '../jobs/manifest.ts'
import { createRearchive } from '../jobs/rearchive.ts'
import { createRetention } from '../jobs/retention.ts'
import { createStrayObjects } from '../jobs/stray-objects.ts'
import { createVerifyArchive } from '../jobs/verify-archive.ts'
import type { ArchiveStore } from '../ports/archive-store.ts'
import type { JobStore, Logger } from '../ports/job-store.ts'

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
  const copyFile = createCopyFile({ archive, source, sniffer: createMediaSniffer(), clock, allowedTypes })
  const index = createArchiveIndex(db)
  const policies = createClientPolicies(db)
  const eraseAged = createRetention({
    retention: createRetentionStore(context),
    store,
    archive,
    answerOf: (tombstone) => JSON.stringify(view(tombstone)),
    log,
  })
  return {
    archiveJob: createArchiveJob({
      store,
      copyMedia: createCopyMedia({ copyFile }),
      writeManifest: createWriteManifest(archive),
      clock,
      log,
    }),
    rearchive: createRearchive({ index, store }),
    verifyArchive: createVerifyArchive({ index, archive }),
    strayObjects: createStrayObjects({ index, archive }),
    keepArchive: createArchiveUpkeep({ archive, eraseAged, log }),
    eraseAged,
    policies,
    archiveByDefault: createArchiveDefault({ policies, clock }),
    close: () => source.close(),
  }
}
