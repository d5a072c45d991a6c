/** Who may cause a look at FAL: somebody who streams a slow job does, and nobody else. */
import t from 'tap'
import { startJobBench } from '../http/job-bench.ts'
import { readStream } from '../http/streams/event-source.ts'
import { testKey } from '../support/service.ts'

t.test(
  'a streamed slow job is looked at and tells its progress; one that is only polled is not',
  async (t) => {
    const bench = await startJobBench(t, { simulator: { speed: 1 } })
    const video = { model: 'wan-v2-2', prompt: 'a boat' }
    const made = [await bench.call('POST', '/api/jobs', video), await bench.call('POST', '/api/jobs', video)]
    const [watched, polled] = made.map(({ body }) => body.id)
    t.same(
      made.map(({ status }) => status),
      [202, 202],
    )
    const running = await bench.until(watched, (job) => job.status === 'running')
    const other = await bench.until(polled, (job) => job.status === 'running')
    const leaving = new AbortController()
    const read = await readStream(new URL(`/api/jobs/${watched}/events`, bench.service.url), {
      key: testKey,
      signal: leaving.signal,
      onEvent: (event) => {
        if (event.type === 'job.progress') leaving.abort()
      },
    })
    t.equal(read.events.at(-1)?.type, 'job.progress')
    const calls = (job: typeof running) =>
      bench.simulator.admin.request(job.fal.requestId ?? '')?.calls.status
    t.ok((calls(running) ?? 0) >= 1)
    t.equal(calls(other), 0)
  },
)
