/** However many callers ask for a look at FAL, there is one a job and second. */
import t from 'tap'
import { makePollNow } from '../../../src/jobs/run/poll-now.ts'

t.test('callers of a second share one poll of their job', async (t) => {
  let now = 0
  const polled: string[] = []
  const pollNow = makePollNow({
    pollJob: async (jobId) => {
      polled.push(jobId)
      return null
    },
    clock: { now: () => now },
  })
  await Promise.all(Array.from({ length: 300 }, () => pollNow('a')))
  for (let n = 0; n < 60; n++) await pollNow('a')
  await pollNow('b')
  t.strictSame(polled, ['a', 'b'])
  now = 1_001
  await pollNow('a')
  t.strictSame(polled, ['a', 'b', 'a'])
})
