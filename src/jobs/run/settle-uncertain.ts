/**
 * Finds out what became of a submit whose answer was lost: FAL's own list of requests tells, matched on input and time.
 * A webhook may tell first (its URL names the job). When neither does in time, policy decides. Never a blind resend.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Fact } from '../../domain/facts.ts'
import { isFinal, type Job, type JobError } from '../../domain/job.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal, ListedRequest } from '../../ports/fal.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'

export interface SettleUncertainDeps {
  store: Pick<JobStore, 'knownRequests' | 'isIdenticalJobSending'>
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

/** What FAL's list says about an uncertain submit. */
type Match =
  | { type: 'none' }
  | { type: 'found'; request: ListedRequest }
  /** There is a free request, which an identical job that is being sent right now may own. */
  | { type: 'contested' }

export type SettleUncertain = (job: Job, signal?: AbortSignal) => Promise<Settled>

/** FAL's clock and ours may differ by this much. */
const clockSkewMs = 60_000
/** FAL may take a request that was on its way for this long after we had given its answer up. What came later is somebody else's. */
const lateMs = 300_000
/** A request that may be a twin's is waited for so many times longer: its submit takes seconds. */
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
      // Given up now, it would be lost, or paid for twice.
      return { facts: waited < identicalJobTimeout * deps.uncertainMs ? [] : [givenUp(job)], requestId: null }
    }
    if (found.type === 'found') {
      const { requestId } = found.request
      deps.log.info({ jobId: job.id, requestId }, 'found the request of an uncertain submit')
      return { facts: [{ type: 'submitted', request: requestOf(found.request) }], requestId }
    }
    return { facts: waited < deps.uncertainMs ? [] : [givenUp(job)], requestId: null }
  }

  function givenUp(job: Job): Fact {
    // A job that has ended is not sent again, whatever the policy; it is only no longer looked for.
    if (deps.policy === 'resubmit' && !isFinal(job.status)) return { type: 'resubmit' }
    return { type: 'failed', error: lost }
  }

  /** The oldest listed request with the same input that no other job of ours owns. */
  async function match(job: Job, listed: ListedRequest[]): Promise<Match> {
    const last = (job.uncertainSince ?? Number.POSITIVE_INFINITY) + lateMs
    const same = listed
      .filter(({ sentAt }) => sentAt >= job.createdAt - clockSkewMs && sentAt <= last)
      .filter((request) => isDeepStrictEqual(request.input, job.input))
      .sort((a, b) => a.sentAt - b.sentAt)
    if (same.length === 0) return { type: 'none' }
    // Asked before what is taken: a twin that gets its answer in between is seen as one or the other.
    const identicalJob = await deps.store.isIdenticalJobSending(job)
    const taken = await deps.store.knownRequests(same.map((request) => request.requestId))
    const free = same.find((request) => !taken.has(request.requestId))
    // With a twin on its way, what is listed may be the twin's: its own answer will tell in a moment.
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

function requestOf(found: ListedRequest) {
  return {
    requestId: found.requestId,
    gatewayRequestId: null,
    statusUrl: null,
    responseUrl: null,
    cancelUrl: null,
    queuePosition: null,
    falKeyRef: null,
  }
}
