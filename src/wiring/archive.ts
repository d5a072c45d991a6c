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
import { makeWithWholeResult } from '../jobs/read/whole-result.ts'
import type { JobStore } from '../ports/job-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { MemoryBudget } from '../ports/memory-budget.ts'
import { createArchive } from './archive-store.ts'

export interface ArchivingOptions {
  config: Config
  context: StoreContext
  jobs: JobStore
  view: (job: Job) => JobView
  log: Logger
  onTrouble: (trouble: string) => void
  memory: MemoryBudget
}

export type Archiving = Awaited<ReturnType<typeof createArchiving>>

export async function createArchiving(options: ArchivingOptions) {
  const { config, context, jobs, view, log, onTrouble, memory } = options
  const { clock, db } = context
  const { allowedTypes } = config.archive
  const archive = await createArchive(config)
  const source = createSource(config, memory)
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
      withWholeResult: makeWithWholeResult({ store: jobs }),
      memory,
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

/** A large copy fills three parts of 8 MB. */
const bytesOfCopy = 24 * 1024 * 1024
/** The share of the memory budget that copies may take together. */
const shareOfCopies = 1 / 2

function createSource({ archive, outgoingProxy }: Config, { totalBytes }: MemoryBudget) {
  const affordable = Math.max(1, Math.floor((totalBytes * shareOfCopies) / bytesOfCopy))

  return createMediaSource({
    proxy: outgoingProxy,
    allowedHosts: archive.allowedHosts,
    maxBytes: archive.maxBytes,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 60_000,
    minBytesPerSecond: archive.minBytesPerSecond,
    concurrency: Math.min(archive.concurrency, affordable),
    perHostConcurrency: archive.hostConcurrency,
  })
}
