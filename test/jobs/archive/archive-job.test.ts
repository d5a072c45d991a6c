/** The task that copies a job's files: what it wrote of a job that was erased meanwhile, it removes again. */
import t from 'tap'
import { createMemoryBudget } from '../../../src/concurrency/memory-budget.ts'
import { ArchiveError } from '../../../src/domain/archive-error.ts'
import type { Fact } from '../../../src/domain/facts.ts'
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
      withWholeResult: async (given) => given,
      memory: createMemoryBudget(1),
      copyMedia: async () => ({ key: 'k' }) as ArchivedFile,
      writeManifest: async () => undefined,
      archive: {
        delete: async (keys, options) => {
          deleted.push([keys, options?.below])
          throw new Error('the bucket is away')
        },
      },
      clock: { now: () => 0 },
      random: () => 0.5,
      log: createLogger({ level: 'silent', secrets: [] }),
    })({ queue: 'archive', id: 't', subject: job.id, retryCount: 0, signal: new AbortController().signal })
  await archiveAs(job)
  t.same(deleted, [])
  await archiveAs({ ...job, erasedAt: 1 })
  t.same(deleted, [[keysOf(job), foldersOf(job)]])
})

t.test(
  'a file on a foreign host waits for the operator, with an alarm, for as long as FAL keeps it',
  async (t) => {
    const day = 24 * 3_600_000
    const logged: string[] = []
    const troubles: string[] = []
    const factAfter = async (days: number, archiveAttempts: number): Promise<Fact | undefined> => {
      let told: Fact | undefined
      const job: Job = { ...states.completed, falCompletedAt: 0, archiveAttempts }
      const run = makeArchiveJob({
        store: {
          get: async () => job,
          record: async (_id, decide) => {
            told = decide(job, [])[0]
            return { job, changed: true, events: [] }
          },
        },
        withWholeResult: async (given) => given,
        memory: createMemoryBudget(1),
        copyMedia: async () => {
          throw new ArchiveError('foreign', 'media.example is not one of FAL’s hosts')
        },
        writeManifest: async () => undefined,
        archive: { delete: async () => undefined },
        clock: { now: () => days * day },
        random: () => 0.5,
        log: createLogger({
          level: 'error',
          secrets: [],
          destination: { write: (line) => void logged.push(line) },
        }),
        onTrouble: (trouble) => troubles.push(trouble),
      })
      await run({
        queue: 'archive',
        id: 't',
        subject: job.id,
        retryCount: 0,
        signal: new AbortController().signal,
      })
      return told
    }
    t.match(await factAfter(0, 0), { type: 'archive_delayed', reason: /^foreign: media\.example/ })
    const late = await factAfter(6.9, 200)
    t.match(late, { type: 'archive_delayed' })
    t.ok(
      late?.type === 'archive_delayed' && late.retryInSeconds > 600,
      'a hopeless host is not asked for every ten minutes',
    )
    t.match(await factAfter(7.1, 200), { type: 'archive_failed' })
    t.match(logged[0], /a media host is not allowed/)
    t.equal(troubles.filter((trouble) => trouble === 'foreign').length >= 3, true)
  },
)
