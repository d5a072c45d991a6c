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
import type { Fal } from '../../ports/fal.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Hold } from '../../ports/memory-budget.ts'

export interface SettleUncertainDeps {
  store: Pick<JobStore, 'input' | 'knownRequests' | 'isIdenticalJobSending'>
  fal: Pick<Fal, 'findRequests'>
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
  | { type: 'found'; requestId: string }
  /** FAL lists an unclaimed request that may belong to an identical in-flight job. */
  | { type: 'contested' }
  /** Nothing was found, but part of the list could not be read. */
  | { type: 'unreadable' }

export type SettleUncertain = (job: Job, options?: { hold?: Hold; signal?: AbortSignal }) => Promise<Settled>

/** Tolerated difference between FAL's clock and ours. */
const clockSkewMs = 60_000
/** FAL may still accept a request this long after our timeout. Later requests are not from this submit. */
const lateMs = 300_000
/** Factor on the timeout while the request may belong to an identical in-flight job, whose submit takes seconds. */
const identicalJobTimeout = 2

/** While part of FAL's list cannot be read, the search goes on for so many times the timeout. */
const unreadableTimeout = 4

export function makeSettleUncertain(deps: SettleUncertainDeps): SettleUncertain {
  return async function settleUncertain(job, options = {}) {
    const found = await search(job, options)
    const waited = deps.clock.now() - (job.uncertainSince ?? job.createdAt)
    if (found.type === 'found') {
      const { requestId } = found
      deps.log.info({ jobId: job.id, requestId }, 'found the request of an uncertain submit')
      return { facts: [{ type: 'submitted', request: requestKnownById(requestId) }], requestId }
    }
    const isOver = waited >= timeoutFactor[found.type] * deps.uncertainMs
    return { facts: isOver ? [givenUp(job, found)] : [], requestId: null }
  }

  function givenUp(job: Job, found: Match): Fact {
    // A request that could not be searched for is not known to be missing: sending it again could pay twice.
    if (found.type === 'unreadable') return { type: 'failed', error: notSearchable }
    // A final job is never resubmitted, whatever the policy; the search for its request just ends.
    if (deps.policy === 'resubmit' && !isFinal(job.status)) return { type: 'resubmit' }
    return { type: 'failed', error: lost }
  }

  /** The oldest listed request with the same input that belongs to no other job. */
  async function search(job: Job, options: { hold?: Hold; signal?: AbortSignal }): Promise<Match> {
    const text = await deps.store.input(job.id)
    const input = text === null ? null : parseExact(text)
    const { requests, isWhole } = await deps.fal.findRequests({
      endpointId: job.endpointId,
      since: job.createdAt - clockSkewMs,
      until: (job.uncertainSince ?? Number.POSITIVE_INFINITY) + lateMs,
      hasInput: (listed) => isDeepStrictEqual(listed, input),
      ...options,
    })
    const none: Match = { type: isWhole ? 'none' : 'unreadable' }
    if (requests.length === 0) return none
    // Read identical in-flight jobs before the claimed requests: one that gets its answer in between is then seen as
    // either.
    const identicalJob = await deps.store.isIdenticalJobSending(job)
    const taken = await deps.store.knownRequests(requests.map(({ requestId }) => requestId))
    const free = requests.find(({ requestId }) => !taken.has(requestId))
    if (free === undefined) return none
    // While an identical job is being sent, the listed request may be its own: its answer will show in a moment.
    return identicalJob ? { type: 'contested' } : { type: 'found', requestId: free.requestId }
  }
}

/** By the outcome of the search; giving up a contested request at once would lose it or pay for it twice. */
const timeoutFactor = { none: 1, contested: identicalJobTimeout, unreadable: unreadableTimeout }

const lost: JobError = {
  code: 'SUBMIT_UNCERTAIN',
  message:
    'The answer to the submit was lost and no trace of the request was found at FAL. It was not sent again, since that could pay twice.',
  retryable: true,
}

const notSearchable: JobError = {
  code: 'SUBMIT_UNCERTAIN',
  message:
    "The answer to the submit was lost, and FAL's list of requests could not be read, so FAL may have the request. It was not sent again, since that could pay twice.",
  retryable: true,
}
