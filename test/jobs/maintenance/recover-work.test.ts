/** The sweep for lost work: one job that cannot be helped is named, and everyone behind it is helped all the same. */
import t from 'tap'
import { makeRecoverWork } from '../../../src/jobs/maintenance/recover-work.ts'
import type { JobStore, OrphanedWork, Recorded } from '../../../src/ports/job-store.ts'
import { pendingJob } from '../../domain/sample-job.ts'

const found: OrphanedWork = {
  scheduled: [],
  callbacks: 0,
  interrupted: ['job_poison', 'job_a', 'job_b'],
  unmatched: [
    { jobId: 'job_poison', requestId: 'r0' },
    { jobId: 'job_c', requestId: 'r1' },
  ],
}

t.test('one row that throws does not end the sweep, and is named with its job', async (t) => {
  const helped: string[] = []
  const errors: object[] = []
  const record: JobStore['record'] = async (jobId): Promise<Recorded> => {
    if (jobId === 'job_poison') throw new Error('integer out of range')
    helped.push(jobId)
    return { job: pendingJob(), changed: true, events: [] }
  }
  const recoverWork = makeRecoverWork({
    store: { record, sweepOrphans: async () => found },
    clock: { now: Date.now },
    ruleCost: () => null,
    log: { warn() {}, error: (fields) => void errors.push(fields) },
  })
  t.equal(await recoverWork(), 5)
  t.strictSame(helped, ['job_a', 'job_b', 'job_c'])
  t.match(errors, [
    { jobId: 'job_poison', err: Error },
    { jobId: 'job_poison', err: Error },
  ])
})

t.test('a process that stops leaves the rest to the next sweep', async (t) => {
  const helped: string[] = []
  const stopping = new AbortController()
  const record: JobStore['record'] = async (jobId): Promise<Recorded> => {
    helped.push(jobId)
    stopping.abort()
    return { job: pendingJob(), changed: true, events: [] }
  }
  const recoverWork = makeRecoverWork({
    store: { record, sweepOrphans: async () => found },
    clock: { now: Date.now },
    ruleCost: () => null,
    log: { warn() {}, error: (fields) => t.fail('nothing failed', fields) },
  })
  await recoverWork(stopping.signal)
  t.strictSame(helped, ['job_poison'])
})
