/** Accepts a request as a job: checked, normalized, priced, then stored together with the task that will send it. */
import { createHash, randomBytes } from 'node:crypto'
import { v7 as newUuid } from 'uuid'
import { AppError } from '../domain/errors.ts'
import { toId } from '../domain/ids.ts'
import type { CallbackType, Job, QueueOptions } from '../domain/job.ts'
import { type LivePrices, type Params, type Prepared, prepare } from '../models/prepare.ts'
import type { JobView } from './job-view.ts'
import type { Clock, CreateAnswer, JobStore } from './ports.ts'

/** The create body after the schema: params flat beside the rest, as callers write it. */
export interface CreateRequest extends Params {
  model: string
  input?: Record<string, unknown>
  userId?: string
  metadata?: Record<string, string>
  callbackUrl?: string
  callbackEvents?: CallbackType[]
  confirm?: boolean
  quoteId?: string
  maxCostMicros?: number
  archive?: boolean
  queue?: QueueOptions
  deadlineSeconds?: number
}

/** Who asks. */
export interface Client {
  clientId: string
  keyId: string
  scopes: readonly string[]
}

export interface CreateJobDeps {
  store: Pick<JobStore, 'create'>
  clock: Clock
  view: (job: Job) => JobView
  livePrices: () => LivePrices
  confirmAboveMicros: number | null
}

export interface CreateOptions {
  idempotencyKey: string | null
  retryOf?: string
}

export type CreateResult =
  | { type: 'created'; job: Job }
  | { type: 'replayed'; status: number; body: string; jobId: string }

export type CreateJob = (
  client: Client,
  request: CreateRequest,
  options: CreateOptions,
) => Promise<CreateResult>

/** HTTP status that a create answers with, kept with the body for replays. */
const acceptedStatus = 202

/** @throws AppError UNKNOWN_MODEL, INVALID_PARAMS, CONFIRMATION_REQUIRED, IDEMPOTENCY_KEY_REUSED. */
export function createCreateJob(deps: CreateJobDeps): CreateJob {
  return async function createJob(client, request, options) {
    const { params, rest } = splitRequest(request)
    const prepared = prepare(
      { model: rest.model, params, ...(rest.input === undefined ? {} : { input: rest.input }) },
      { livePrices: deps.livePrices() },
    )
    checkCost(prepared, rest, deps.confirmAboveMicros)
    const job = newJob(client, rest, prepared, options, deps.clock.now())
    const idempotency =
      options.idempotencyKey === null
        ? null
        : {
            key: options.idempotencyKey,
            requestHash: hashOf(request),
            status: acceptedStatus,
            body: JSON.stringify(deps.view({ ...job, eventSeq: 1 })),
          }
    return settled(await deps.store.create(job, idempotency, 'api'))
  }
}

function settled(answer: CreateAnswer): CreateResult {
  if (answer.type !== 'key_reused') return answer
  throw new AppError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key was used before with another request body. Use a new key for a new request.',
  )
}

function splitRequest(request: CreateRequest) {
  const {
    model,
    input,
    userId,
    metadata,
    callbackUrl,
    callbackEvents,
    confirm,
    quoteId,
    maxCostMicros,
    archive,
    queue,
    deadlineSeconds,
    ...params
  } = request
  const rest = {
    model,
    input,
    userId,
    metadata,
    callbackUrl,
    callbackEvents,
    confirm,
    quoteId,
    maxCostMicros,
    archive,
    queue,
    deadlineSeconds,
  }
  return { params: params satisfies Params, rest }
}

type Rest = ReturnType<typeof splitRequest>['rest']

function checkCost(prepared: Prepared, rest: Rest, confirmAboveMicros: number | null): void {
  const { estimatedMicros, atMostMicros, currency } = prepared.price
  const worst = estimatedMicros ?? atMostMicros
  if (rest.maxCostMicros !== undefined && worst !== null && worst > rest.maxCostMicros) {
    throw new AppError('INVALID_PARAMS', 'The estimate is above maxCostMicros.', {
      errors: [
        {
          pointer: '/maxCostMicros',
          message: `The job is estimated at ${worst} micro-USD. Raise the limit or ask for less.`,
          code: 'max_cost_exceeded',
        },
      ],
      extensions: { estimate: { estimatedMicros: worst, currency } },
    })
  }
  if (confirmAboveMicros !== null && rest.confirm !== true && worst !== null && worst > confirmAboveMicros) {
    throw new AppError(
      'CONFIRMATION_REQUIRED',
      `The job is estimated at ${worst} micro-USD, which needs "confirm": true.`,
      { extensions: { estimate: { estimatedMicros: worst, currency } } },
    )
  }
}

function newJob(client: Client, rest: Rest, prepared: Prepared, options: CreateOptions, now: number): Job {
  const { model, params, input, warnings, price } = prepared
  return {
    id: toId('job', newUuid()),
    clientId: client.clientId,
    userId: rest.userId ?? null,
    model: model.alias ?? model.endpointId,
    endpointId: model.endpointId,
    kind: model.kind,
    // Every model of the catalogue makes files; of others nothing is promised.
    promisesMedia: model.entry !== null,
    metadata: rest.metadata ?? {},
    params: { ...params },
    input,
    warnings,
    queue: rest.queue ?? {},
    archiveWanted: rest.archive ?? true,
    status: 'pending',
    submission: 'unsent',
    submitAttempts: 0,
    webhookToken: randomBytes(24).toString('base64url'),
    webhookAsked: false,
    uncertainSince: null,
    cancelRequestedAt: null,
    deadlineAt: rest.deadlineSeconds === undefined ? null : now + rest.deadlineSeconds * 1000,
    requestId: null,
    gatewayRequestId: null,
    statusUrl: null,
    responseUrl: null,
    cancelUrl: null,
    falKeyRef: null,
    falStatus: null,
    falUserId: null,
    inferenceSeconds: null,
    progress: 0,
    queuePosition: null,
    expectedSeconds: usualSeconds[model.kind],
    estimatedMicros: price.estimatedMicros,
    actualMicros: null,
    reservedMicros: 0,
    result: null,
    media: [],
    error: null,
    archiveStatus: 'none',
    archiveAttempts: 0,
    archiveError: null,
    archivedAt: null,
    retryOf: options.retryOf ?? null,
    callbackUrl: rest.callbackUrl ?? null,
    callbackEvents: rest.callbackEvents ?? null,
    pollAttempts: 0,
    nextPollAt: null,
    falCompletedAt: null,
    createdAt: now,
    submittedAt: null,
    startedAt: null,
    completedAt: null,
    updatedAt: now,
    eventSeq: 0,
    version: 0,
  }
}

/** Before a model has a history of its own; order of magnitude only, it steers polling and the estimate of time left. */
const usualSeconds: Record<Job['kind'], number | null> = {
  image: 6,
  video: 60,
  audio: 10,
  file: null,
  unknown: null,
}

/** Of the request with its keys in order: the same body in another order is the same request. */
function hashOf(request: CreateRequest): Buffer {
  return createHash('sha256').update(JSON.stringify(request, sortedKeys)).digest()
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
