/**
 * Runs a failed or canceled job again: the same request as a new job, validated, priced and charged like any other.
 */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import { holdsDescription, restoreDataUris } from '../../domain/media/data-uris.ts'
import type { Params } from '../../models/prepare.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { FindJob } from '../read/find-job.ts'
import { notFinal } from '../read/find-job.ts'
import type { CreateJob, CreateResult } from './create-job.ts'
import type { CreateRequest } from './create-request.ts'

export interface RetryJobDeps {
  findJob: FindJob
  createJob: CreateJob
  store: Pick<JobStore, 'input'>
}

/** @throws AppError NOT_FOUND, JOB_NOT_FINAL (still live), JOB_FINAL (completed), and what a create throws. */
export type RetryJob = (
  client: Client,
  id: string,
  /** `confirm`: the client accepts a cost above the one it accepted before. */
  options: { idempotencyKey: string | null; confirm: boolean },
) => Promise<CreateResult>

export function makeRetryJob({ findJob, createJob, store }: RetryJobDeps): RetryJob {
  return async function retryJob(client, id, { idempotencyKey, confirm }) {
    const job = await findJob(client, id)
    if (!isFinal(job.status)) throw notFinal(job, 'Wait for its end, or cancel it first.')
    // Retention may have erased its content only: then the result is JSON null.
    if (job.erasedAt !== null || job.result === 'null')
      throw new AppError('NOT_FOUND', 'The job was erased: nothing is left to repeat.')
    if (job.status === 'completed') {
      throw new AppError('JOB_FINAL', 'The job completed. Create a new one to run it once more.', {
        extensions: { jobStatus: job.status },
      })
    }
    const request = await withFiles(requestOf(job), job.id)
    // Its cost was accepted once, by a confirmation or because none was needed; a higher price asks again.
    const confirmedMicros = Math.max(job.estimatedMicros ?? 0, job.atMostMicros ?? 0)
    // The proxy lets fields through that the catalogue does not know.
    const inputRules = { passUnknown: true }
    const options = { idempotencyKey, retryOf: job.id, confirmedMicros, inputRules }
    return createJob(client, confirm ? { ...request, confirm } : request, options)
  }

  /** Files that came as `data:` URIs stand in the stored input only. */
  async function withFiles(request: CreateRequest, jobId: string): Promise<CreateRequest> {
    if (!holdsDescription(request)) return request
    const input = await store.input(jobId)
    return input === null ? request : restoreDataUris(request, JSON.parse(input))
  }
}

/** The normalized request of the job: preparing it again changes nothing. */
function requestOf(job: Job): CreateRequest {
  const { userId, callbackUrl, callbackEvents, extraInput, deadlineAt, maxCostMicros } = job
  return {
    ...(job.params as Params),
    ...(typeof job.params.seed === 'string' ? { seed: Number(job.params.seed) } : {}),
    // Use the endpoint id: the alias may point to another endpoint by now.
    model: job.endpointId.includes('/') ? job.endpointId : job.model,
    ...(extraInput === null ? {} : { input: extraInput }),
    ...(userId === null ? {} : { userId }),
    metadata: job.metadata,
    ...(callbackUrl === null ? {} : { callbackUrl }),
    ...(callbackEvents === null ? {} : { callbackEvents }),
    ...(maxCostMicros === null ? {} : { maxCostMicros }),
    archive: job.archiveWanted,
    queue: job.queue,
    ...(deadlineAt === null ? {} : { deadlineSeconds: Math.round((deadlineAt - job.createdAt) / 1000) }),
  }
}
