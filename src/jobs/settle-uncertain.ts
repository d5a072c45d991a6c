/**
 * Finds out what became of a submit whose answer was lost: FAL's own list of requests tells, matched on input and time.
 * A webhook may tell first (its URL names the job). When neither does in time, policy decides. Never a blind resend.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Fact } from '../domain/facts.ts'
import type { Job } from '../domain/job.ts'
import type { Clock, Fal, JobStore, ListedRequest, Logger } from './ports.ts'

export interface SettleUncertainDeps {
  store: Pick<JobStore, 'knownRequests'>
  fal: Pick<Fal, 'listRequests'>
  clock: Clock
  log: Logger
  uncertainMs: number
  policy: 'fail' | 'resubmit'
}

export type SettleUncertain = (job: Job, signal?: AbortSignal) => Promise<Fact[]>

/** FAL's clock and ours may differ by this much. */
const clockSkewMs = 60_000

export function createSettleUncertain(deps: SettleUncertainDeps): SettleUncertain {
  return async function settleUncertain(job, signal) {
    const since = job.createdAt - clockSkewMs
    const listed = await deps.fal.listRequests({
      endpointId: job.endpointId,
      since,
      ...(signal === undefined ? {} : { signal }),
    })
    const found = listed === null ? null : await match(job, listed)
    if (found !== null) {
      deps.log.info({ jobId: job.id, requestId: found.requestId }, 'found the request of an uncertain submit')
      return [{ type: 'submitted', request: requestOf(found) }]
    }
    const waited = deps.clock.now() - (job.uncertainSince ?? job.createdAt)
    if (waited < deps.uncertainMs) return []
    if (deps.policy === 'resubmit') return [{ type: 'resubmit' }]
    return [
      {
        type: 'failed',
        error: {
          code: 'SUBMIT_UNCERTAIN',
          message:
            'The answer to the submit was lost and no trace of the request was found at FAL. It was not sent again, since that could pay twice.',
          retryable: true,
        },
      },
    ]
  }

  /** The oldest listed request with the same input that no other job of ours owns. */
  async function match(job: Job, listed: ListedRequest[]): Promise<ListedRequest | null> {
    const same = listed
      .filter((request) => request.sentAt >= job.createdAt - clockSkewMs)
      .filter((request) => isDeepStrictEqual(request.input, job.input))
      .sort((a, b) => a.sentAt - b.sentAt)
    if (same.length === 0) return null
    const taken = await deps.store.knownRequests(same.map((request) => request.requestId))
    return same.find((request) => !taken.has(request.requestId)) ?? null
  }
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
