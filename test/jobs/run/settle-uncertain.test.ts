/** What becomes of a submit without an answer: the request in FAL's list is never passed over, nor taken from a twin. */
import t from 'tap'
import { makeSettleUncertain } from '../../../src/jobs/run/settle-uncertain.ts'
import { pendingJob } from '../../domain/sample-job.ts'
import { quiet } from '../../infra/fal/key-server.ts'

const uncertainMs = 60_000
const job = pendingJob({ submission: 'uncertain', uncertainSince: Date.UTC(2026, 0, 2) })

const settleAfter = (
  waitedMs: number,
  given: {
    listed: boolean
    sentAt?: number
    identicalJob?: boolean
    taken?: boolean
    isWhole?: boolean
    policy?: 'fail' | 'resubmit'
  },
) => {
  const { sentAt = job.createdAt } = given
  const settle = makeSettleUncertain({
    store: {
      input: async () => JSON.stringify(job.input),
      isIdenticalJobSending: async () => given.identicalJob === true,
      knownRequests: async () => new Set(given.taken === true ? ['r1'] : []),
    },
    fal: {
      async findRequests({ since, until, hasInput }) {
        const isFound = given.listed && since <= sentAt && sentAt <= until && hasInput({ ...job.input })
        return { requests: isFound ? [{ requestId: 'r1', sentAt }] : [], isWhole: given.isWhole ?? true }
      },
    },
    clock: { now: () => Date.UTC(2026, 0, 2) + waitedMs },
    log: quiet,
    uncertainMs,
    policy: given.policy ?? 'resubmit',
  })
  return settle(job)
}

t.test('the listed request is the job’s, however late', async (t) => {
  t.match(await settleAfter(10 * uncertainMs, { listed: true }), { requestId: 'r1' })
})

t.test('a request that was sent long after the answer was given up is somebody else’s', async (t) => {
  const sentAt = (seconds: number) => ({ listed: true, sentAt: (job.uncertainSince ?? 0) + seconds * 1_000 })
  t.match(await settleAfter(10 * uncertainMs, sentAt(299)), { requestId: 'r1' })
  t.match(await settleAfter(10 * uncertainMs, sentAt(301)), { requestId: null })
})

t.test('what may be a twin’s is neither taken nor sent again: the twin’s answer is waited for', async (t) => {
  const nothing = { facts: [], requestId: null }
  t.strictSame(await settleAfter(0, { listed: true, identicalJob: true }), nothing)
  t.strictSame(await settleAfter(uncertainMs + 1, { listed: true, identicalJob: true }), nothing)
  t.match(await settleAfter(uncertainMs + 1, { listed: true }), { requestId: 'r1' }, 'the twin had another')
})

t.test('without a trace, policy decides when the time is over, and not before', async (t) => {
  for (const given of [{ listed: false }, { listed: true, taken: true, identicalJob: true }]) {
    t.strictSame((await settleAfter(uncertainMs - 1, given)).facts, [])
    t.match((await settleAfter(uncertainMs, given)).facts, [{ type: 'resubmit' }])
    const failed = await settleAfter(uncertainMs, { ...given, policy: 'fail' })
    t.match(failed.facts, [{ type: 'failed', error: { code: 'SUBMIT_UNCERTAIN' } }])
  }
  const identicalJobs = await settleAfter(2 * uncertainMs, {
    listed: true,
    identicalJob: true,
    policy: 'fail',
  })
  t.match(identicalJobs.facts, [{ type: 'failed' }], 'twins without end keep no job open')
})

t.test('a list that cannot be read is no proof: the job is never sent again, and says why', async (t) => {
  const unreadable = { listed: false, isWhole: false }
  t.strictSame((await settleAfter(4 * uncertainMs - 1, unreadable)).facts, [])
  for (const policy of ['fail', 'resubmit'] as const) {
    const { facts } = await settleAfter(4 * uncertainMs, { ...unreadable, policy })
    t.match(facts, [
      { type: 'failed', error: { code: 'SUBMIT_UNCERTAIN', message: /list of requests could not be read/ } },
    ])
  }
  t.match(await settleAfter(0, { listed: true, isWhole: false }), { requestId: 'r1' }, 'what is found counts')
})
