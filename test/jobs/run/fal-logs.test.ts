/** However many look at a job's logs, FAL is asked once a second; and what is remembered is bounded. */
import t from 'tap'
import { makeLogsOf } from '../../../src/jobs/run/fal-logs.ts'
import { pendingJob } from '../../domain/sample-job.ts'

t.test('looks within a second share one call; a job that FAL does not know causes none', async (t) => {
  let now = 1_000
  const calls: string[] = []
  const logsOf = makeLogsOf({
    clock: { now: () => now },
    fal: {
      async logs({ requestId }) {
        calls.push(requestId)
        return [{ message: String(calls.length), timestamp: null, level: null }]
      },
    },
  })
  const job = pendingJob({ requestId: 'r1' })
  const seen = await Promise.all([logsOf(job), logsOf(job)])
  t.same(
    seen.map(([line]) => line?.message),
    ['1', '1'],
  )
  now += 999
  t.equal((await logsOf(job))[0]?.message, '1')
  now += 1
  t.equal((await logsOf(job))[0]?.message, '2')
  t.same(await logsOf(pendingJob({ requestId: null })), [])
  t.same(calls, ['r1', 'r1'])
})
