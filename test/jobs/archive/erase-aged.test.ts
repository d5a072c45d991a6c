/** Erasing by age: what cannot be erased just now keeps nobody else's things, and is told. */
import t from 'tap'
import type { Job } from '../../../src/domain/job.ts'
import { makeEraseAged } from '../../../src/jobs/archive/erase-aged.ts'
import { pendingJob } from '../../domain/sample-job.ts'

t.test('one job that cannot be erased is told, and all the others are', async (t) => {
  const jobs = ['1', '2', '3'].map((n) => pendingJob({ id: `job_01999999-9999-7999-8999-99999999999${n}` }))
  const lines: object[] = []
  const erased: string[] = []
  const eraseAged = makeEraseAged({
    retention: { aged: async (what) => (what === 'content' ? jobs : []), eraseContent: async () => true },
    store: { record: async () => null, erase: async () => null },
    archive: {
      delete: async ([key = '']) => {
        if (key.includes(jobs[0]?.id ?? '?')) throw new Error('the bucket refuses')
        erased.push(key)
      },
    },
    answerOf: (_job: Job) => '',
    log: { info: () => undefined, error: (about: object) => void lines.push(about) },
  })
  t.match(await eraseAged(), { content: 2 })
  t.equal(erased.length, 2)
  t.match(lines, [{ jobId: jobs[0]?.id, what: 'content' }])
})
