/** The result of a final job as FAL would give it: the model's own output with our links, or the error in FAL's form. */
import { sliceExact } from '../../domain/exact-json.ts'
import type { Job, JobError } from '../../domain/job.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'

export interface ProxyResult {
  status: number
  headers: Record<string, string>
  /** JSON text. */
  body: string
}

/** `linkOf` gives the archive's link of a file by its index, absolute; null for what is not archived. */
export function resultAnswer(job: Job, linkOf: (index: number) => string | null): ProxyResult {
  const failure = failureOf(job)
  if (failure !== null) return failure.answer
  // Erased, or older than FAL's own retention.
  if (job.result === null) return answer(404, { status: 'NOT_FOUND' })
  return { status: 200, headers: billOf(job), body: withOurLinks(job.result, job, linkOf) }
}

/** FAL's bill, as far as FAL has reported it by now. */
const billOf = ({ billableUnits, billedAs }: Job): Record<string, string> => ({
  ...(billableUnits === null ? {} : { 'x-fal-billable-units': billableUnits }),
  ...(billedAs === null ? {} : { 'x-fal-bill-as': billedAs }),
})

/**
 * Replaces whole strings in the JSON text only, so that numbers stay exactly as written; the text is first normalized
 * to the form of `JSON.stringify`.
 */
function withOurLinks(result: string, job: Job, linkOf: (index: number) => string | null): string {
  let text = sliceExact(result, []) ?? result
  for (const { index, sourceUrl } of job.media) {
    const link = sourceUrl === null ? null : linkOf(index)
    if (link !== null) text = text.replaceAll(JSON.stringify(sourceUrl), () => JSON.stringify(link))
  }
  return text
}

export interface Failure {
  /** As the status shows it. */
  text: string
  type: string
  answer: ProxyResult
}

/** FAL's form of the job's failure; null when the job succeeded. */
export function failureOf(job: Job): Failure | null {
  if (job.status === 'canceled' || job.error?.code === 'CANCELED') {
    const text = 'Request cancelled by the client.'
    return failure(499, text, 'client_cancelled')
  }
  return job.error === null ? null : failureOfError(job.error, job)
}

/**
 * The official client repeats a result call on 502, 503 and 504, which cannot change a final job: those become 500,
 * and a missed start deadline is marked as the caller's own timeout.
 */
function failureOfError(error: JobError, job: Job): Failure {
  const reasons = Array.isArray(error.details) ? error.details.filter(isRecord) : []
  const type = reasons.map((reason) => reason.type).find((named) => typeof named === 'string')
  if (type === 'not_found') return failure(404, error.message, type)
  switch (error.code) {
    case 'FAL_REJECTED':
    case 'CONTENT_POLICY':
    case 'NO_MEDIA':
      return refused(error, reasons, type)
    case 'FAL_TIMEOUT':
    case 'DEADLINE':
      return isOwnTimeout(error, job)
        ? failure(504, error.message, 'request_timeout', { 'x-fal-request-timeout-type': 'user' })
        : failure(500, error.message, type ?? 'request_timeout')
    case 'FAL_AUTH':
    case 'FAL_BALANCE':
      return failure(403, error.message, 'bad_request')
    case 'RESULT_EXPIRED':
      return failure(410, error.message, 'bad_request')
    default:
      return failure(500, error.message, type ?? 'internal_error')
  }
}

const isOwnTimeout = (error: JobError, job: Job): boolean =>
  error.code === 'DEADLINE' || (job.queue.startTimeoutSeconds !== undefined && job.startedAt === null)

const typeOfCode: Partial<Record<JobError['code'], string>> = {
  CONTENT_POLICY: 'content_policy_violation',
  NO_MEDIA: 'no_media_generated',
}

/** FAL's own list of reasons, else a list made from the message. */
function refused(error: JobError, reasons: Record<string, unknown>[], type: string | undefined): Failure {
  const named = type ?? typeOfCode[error.code] ?? 'value_error'
  const made = { loc: ['body'], msg: error.message, type: named }
  const detail = reasons.length > 0 ? reasons.map((reason) => withPlace(reason)) : [made]
  return { text: error.message, type: named, answer: answer(422, { detail }) }
}

/** The official client reads the last part of `loc`. */
const withPlace = (reason: Record<string, unknown>): Record<string, unknown> =>
  Array.isArray(reason.loc) && reason.loc.length > 0 ? reason : { ...reason, loc: ['body'] }

function failure(status: number, text: string, type: string, headers: Record<string, string> = {}): Failure {
  const body = { detail: text, error_type: type }
  return { text, type, answer: answer(status, body, { 'x-fal-error-type': type, ...headers }) }
}

const answer = (status: number, body: object, headers: Record<string, string> = {}): ProxyResult => ({
  status,
  headers,
  body: JSON.stringify(body),
})
