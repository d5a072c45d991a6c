/** Accepts a request as a job: checked, normalized, priced, then stored together with the task that will send it. */
import { randomBytes } from 'node:crypto'
import { v7 as newUuid } from 'uuid'
import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import { toId } from '../../domain/ids.ts'
import type { Job } from '../../domain/job.ts'
import { shortenInput } from '../../domain/media/data-uris.ts'
import { newJob } from '../../domain/new-job.ts'
import { foldCreation } from '../../domain/transition/fold.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CreateAnswer, JobStore } from '../../ports/job-store.ts'
import type { JobView } from '../read/job-view.ts'
import type { ArchiveDefault } from './archive-default.ts'
import { type CheckCallbackUrl, refuseBadUrl } from './check-callback-url.ts'
import { type CreateRequest, hashOfJson } from './create-request.ts'
import { checkConfirmed, type InputRules, type PricedJob, type PriceJob } from './price-job.ts'
import { checkQuote } from './quote-job.ts'
import type { QuoteTokens } from './quote-token.ts'
import type { UsualSeconds } from './usual-run-times.ts'

export interface CreateJobDeps {
  store: Pick<JobStore, 'create' | 'earlier'>
  clock: Clock
  view: (job: Job) => JobView
  priceJob: PriceJob
  quotes: QuoteTokens
  checkCallbackUrl: CheckCallbackUrl
  /** The usual run time of an endpoint at FAL, as far as known. */
  usualSeconds: UsualSeconds
  /** For requests that do not specify it. Default: true. */
  archiveByDefault?: ArchiveDefault
  confirmAboveMicros: number | null
  /** The trace that the create is part of, in W3C's form. Default: none. */
  traceparent?: () => string | null
  /** Whether FAL slots are limited, so that a new job waits for admission. */
  waitsForSlot: boolean
}

export interface CreateOptions {
  idempotencyKey: string | null
  retryOf?: string
  /** The client has confirmed a cost of as much before. */
  confirmedMicros?: number
  /** Default: unknown fields are refused, numbers are normalized. */
  inputRules?: InputRules
}

export type CreateResult =
  /** `body` is the answer to send, as stored for replays. */
  | { type: 'created'; job: Job; body: string }
  | { type: 'replayed'; status: number; body: string; jobId: string }

export type CreateJob = (
  client: Client,
  request: CreateRequest,
  options: CreateOptions,
) => Promise<CreateResult>

/** HTTP status of the answer to a create, stored with the body for replays. */
const acceptedStatus = 202

/**
 * @throws AppError UNKNOWN_MODEL, INVALID_PARAMS, RATE_LIMITED, FORBIDDEN, QUOTE_CHANGED, CONFIRMATION_REQUIRED, INSUFFICIENT_CREDITS,
 *   IDEMPOTENCY_KEY_REUSED.
 */
export function makeCreateJob(deps: CreateJobDeps): CreateJob {
  const { store, clock } = deps

  return async function createJob(client, request, options) {
    const claim =
      options.idempotencyKey === null
        ? null
        : { key: options.idempotencyKey, requestHash: hashOfJson(identityOf(request, options)) }
    try {
      if (request.callbackUrl !== undefined) {
        refuseBadUrl(deps.checkCallbackUrl, request.callbackUrl, '/callbackUrl')
      }
      const priced = await deps.priceJob(client, request, options.inputRules)
      checkQuote(priced, client, deps)
      checkConfirmed(priced, limitOf(deps.confirmAboveMicros, options.confirmedMicros))
      const now = clock.now()
      const { content, fullInput } = contentOf(priced)
      const accepted = acceptedJob(client, priced, options, {
        content,
        now,
        usual: deps.usualSeconds(priced.prepared.model.endpointId),
        archive: request.archive ?? (await deps.archiveByDefault?.(client.clientId)) ?? true,
        traceparent: deps.traceparent?.() ?? null,
      })
      const fact = { type: 'created', waitsForSlot: deps.waitsForSlot } as const
      const creation = foldCreation(accepted, fact, { source: 'api', now })
      const body = JSON.stringify(deps.view(creation.after))
      const idempotency = claim === null ? null : { ...claim, status: acceptedStatus, body }
      const { maxCostMicrosPerMonth, maxJobsInFlight } = client.limits
      const charges = {
        monthLimitMicros: maxCostMicrosPerMonth ?? null,
        ...(maxJobsInFlight === undefined ? {} : { jobsInFlight: maxJobsInFlight }),
      }
      return settled(await store.create(creation, idempotency, charges, fullInput), body)
    } catch (error) {
      // Read an earlier answer first: a replay must succeed although the same request would now be refused (an
      // expired quote, spent credit).
      const earlier =
        claim === null || !(error instanceof AppError) ? null : await store.earlier(client.clientId, claim)
      if (earlier === null) throw error
      return settled(earlier, '')
    }
  }
}

/** What a create may cost without a confirmation of its own. */
const limitOf = (aboveMicros: number | null, confirmedMicros = 0): number | null =>
  aboveMicros === null ? null : Math.max(aboveMicros, confirmedMicros)

/** What an idempotency key identifies: retries of two jobs are two different requests. */
const identityOf = (request: CreateRequest, { retryOf }: CreateOptions): object =>
  retryOf === undefined ? request : { ...request, retryOf }

function settled(answer: CreateAnswer, body: string): CreateResult {
  if (answer.type === 'created') return { ...answer, body }
  if (answer.type === 'replayed') return answer
  throw new AppError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key was used before with another request body. Use a new key for a new request.',
  )
}

let made = 0

/** Ids sort by creation: by the clock that all replicas share, and within a millisecond by the order of the calls. */
const newJobId = (now: number, random: Buffer): string =>
  toId('job', newUuid({ msecs: now, seq: made++, random }))

const tokenBytes = 24
const uuidBytes = 16

/** Random bytes drawn for many jobs at once; each byte is used once. */
const drawnAtOnce = 100 * (tokenBytes + uuidBytes)
let drawn = Buffer.alloc(0)

function nextRandom(count: number): Buffer {
  if (drawn.length < count) drawn = randomBytes(drawnAtOnce)
  const given = drawn.subarray(0, count)
  drawn = drawn.subarray(count)
  return given
}

type Content = Pick<Job, 'params' | 'input' | 'extraInput' | 'warnings'>

/** The content of a job with its `data:` URIs only named, and the input in full where that leaves something out. */
function contentOf({ prepared: { params, input, warnings }, rest }: PricedJob) {
  const shortened = shortenInput(input)
  const content: Content = {
    params: shortened.alike({ ...params }),
    input: shortened.input,
    extraInput: shortened.alike(rest.input ?? null),
    warnings: shortened.alike(warnings),
  }
  return { content, fullInput: shortened.input === input ? null : input }
}

interface AcceptedWith {
  content: Content
  now: number
  usual: number | null
  archive: boolean
  traceparent: string | null
}

function acceptedJob(
  client: Client,
  priced: PricedJob,
  options: CreateOptions,
  { content, now, usual, archive, traceparent }: AcceptedWith,
): Job {
  const { prepared, rest } = priced
  const { model, price } = prepared
  const random = nextRandom(tokenBytes + uuidBytes)
  return newJob({
    id: newJobId(now, random.subarray(tokenBytes)),
    clientId: client.clientId,
    apiKeyId: client.keyId,
    userId: rest.userId ?? null,
    model: model.alias ?? model.endpointId,
    endpointId: model.endpointId,
    kind: model.kind,
    promisesMedia: (model.entry?.output.urlPath ?? null) !== null,
    mainFile: model.entry?.output.urlPath ?? null,
    modelVersion: priced.modelVersion,
    metadata: rest.metadata ?? {},
    ...content,
    queue: rest.queue ?? {},
    archiveWanted: archive,
    webhookToken: random.subarray(0, tokenBytes).toString('base64url'),
    deadlineAt: rest.deadlineSeconds === undefined ? null : now + rest.deadlineSeconds * 1000,
    expectedSeconds: usual ?? usualOfKind[model.kind],
    estimatedMicros: price.estimatedMicros,
    atMostMicros: price.atMostMicros,
    maxCostMicros: rest.maxCostMicros ?? null,
    priceConfidence: price.confidence,
    chargedMicros: priced.isCharged ? 0 : null,
    reservedMicros: priced.reserveMicros,
    budgetMicros: priced.budgetMicros,
    retryOf: options.retryOf ?? null,
    callbackUrl: rest.callbackUrl ?? null,
    callbackEvents: rest.callbackEvents ?? null,
    traceparent,
    createdAt: now,
  })
}

/**
 * Used until a model has a history of its own. It only steers polling and the estimate of time left, so the order of
 * magnitude is enough.
 */
const usualOfKind: Record<Job['kind'], number | null> = {
  image: 6,
  video: 60,
  audio: 10,
  file: null,
  unknown: null,
}
