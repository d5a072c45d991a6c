/** The task that copies a job's files: what it wrote of a job that was erased meanwhile, it removes again. */
import t from 'tap'
import type { ArchivedFile, Job } from '../../../src/domain/job.ts'
import { foldersOf, keysOf } from '../../../src/domain/media/archive-keys.ts'
import { makeArchiveJob } from '../../../src/jobs/archive/archive-job.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { states } from '../../domain/sample-job.ts'

t.test('a copy that ends after its job was erased leaves nothing behind', async (t) => {
  const job = states.completed
  const deleted: unknown[] = []
  const archiveAs = (found: Job) =>
    makeArchiveJob({
      store: {
        get: async () => job,
        record: async () => ({ job: found, changed: false, events: [] }),
      },
      copyMedia: async () => ({ key: 'k' }) as ArchivedFile,
      writeManifest: async () => undefined,
      archive: {
        delete: async (keys, options) => {
          deleted.push([keys, options?.below])
          throw new Error('the bucket is away')
        },
      },
      clock: { now: () => 0 },
      log: createLogger({ level: 'silent', secrets: [] }),
    })({ queue: 'archive', id: 't', subject: job.id, retryCount: 0, signal: new AbortController().signal })
  await archiveAs(job)
  t.same(deleted, [])
  await archiveAs({ ...job, erasedAt: 1 })
  t.same(deleted, [[keysOf(job), foldersOf(job)]])
})
