/**
 * Settles a submit whose answer was lost, by FAL's own list of requests, matched on input and time. A webhook may
 * settle it first (its URL names the job). When neither does in time, SUBMIT_UNCERTAIN_POLICY decides. Invariant:
 * never a blind resend.
 */
import { isDeepStrictEqual } from 'node:util'
import { parseExact } from '../../domain/exact-json.ts'
import { type Fact, requestKnownById } from '../../domain/facts.ts'
import { isFinal, type Job, type JobError } from '../../domain/job.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal, ListedRequest } from '../../ports/fal.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'

export interface SettleUncertainDeps {
  store: Pick<JobStore, 'input' | 'knownRequests' | 'isIdenticalJobSending'>
  fal: Pick<Fal, 'listRequests'>
  clock: Clock
  log: Logger
  uncertainMs: number
  policy: 'fail' | 'resubmit'
}

export interface Settled {
  facts: Fact[]
  /** The request that was found. */
  requestId: string | null
}

/** The outcome of searching FAL's list for an uncertain submit. */
type Match =
  | { type: 'none' }
  | { type: 'found'; request: ListedRequest }
  /** FAL lists an unclaimed request that may belong to an identical in-flight job. */
  | { type: 'contested' }

export type SettleUncertain = (job: Job, signal?: AbortSignal) => Promise<Settled>

/** Tolerated difference between FAL's clock and ours. */
const clockSkewMs = 60_000
/** FAL may still accept a request this long after our timeout. Later requests are not from this submit. */
const lateMs = 300_000
/** Factor on the timeout while the request may belong to an identical in-flight job, whose submit takes seconds. */
const identicalJobTimeout = 2

export function makeSettleUncertain(deps: SettleUncertainDeps): SettleUncertain {
  return async function settleUncertain(job, signal) {
    const since = job.createdAt - clockSkewMs
    const listed = await deps.fal.listRequests({
      endpointId: job.endpointId,
      since,
      ...(signal === undefined ? {} : { signal }),
    })
    const found: Match = listed === null ? { type: 'none' } : await match(job, listed)
    const waited = deps.clock.now() - (job.uncertainSince ?? job.createdAt)
    if (found.type === 'contested') {
      // Giving up now would lose the request or pay for it twice.
      return { facts: waited < identicalJobTimeout * deps.uncertainMs ? [] : [givenUp(job)], requestId: null }
    }
    if (found.type === 'found') {
      const { requestId } = found.request
      deps.log.info({ jobId: job.id, requestId }, 'found the request of an uncertain submit')
      return { facts: [{ type: 'submitted', request: requestKnownById(found.request.requestId) }], requestId }
    }
    return { facts: waited < deps.uncertainMs ? [] : [givenUp(job)], requestId: null }
  }

  function givenUp(job: Job): Fact {
    // A final job is never resubmitted, whatever the policy; the search for its request just ends.
    if (deps.policy === 'resubmit' && !isFinal(job.status)) return { type: 'resubmit' }
    return { type: 'failed', error: lost }
  }

  /** The oldest listed request with the same input that belongs to no other job. */
  async function match(job: Job, listed: ListedRequest[]): Promise<Match> {
    const last = (job.uncertainSince ?? Number.POSITIVE_INFINITY) + lateMs
    const inTime = listed.filter(({ sentAt }) => sentAt >= job.createdAt - clockSkewMs && sentAt <= last)
    if (inTime.length === 0) return { type: 'none' }
    const text = await deps.store.input(job.id)
    const input = text === null ? null : parseExact(text)
    const same = inTime
      .filter((request) => isDeepStrictEqual(request.input, input))
      .sort((a, b) => a.sentAt - b.sentAt)
    if (same.length === 0) return { type: 'none' }
    // Read identical in-flight jobs before the claimed requests: one that gets its answer in between is then seen as
    // either.
    const identicalJob = await deps.store.isIdenticalJobSending(job)
    const taken = await deps.store.knownRequests(same.map((request) => request.requestId))
    const free = same.find((request) => !taken.has(request.requestId))
    // While an identical job is being sent, the listed request may be its own: its answer will show in a moment.
    if (free === undefined) return { type: 'none' }
    return identicalJob ? { type: 'contested' } : { type: 'found', request: free }
  }
}

const lost: JobError = {
  code: 'SUBMIT_UNCERTAIN',
  message:
    'The answer to the submit was lost and no trace of the request was found at FAL. It was not sent again, since that could pay twice.',
  retryable: true,
}
