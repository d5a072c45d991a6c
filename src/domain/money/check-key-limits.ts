/** Judges whether a priced request is within the limits of its API key. */
import { AppError, type FieldError } from '../errors.ts'
import type { KeyLimits } from '../key-limits.ts'
import { formatUsd } from './money.ts'
import type { PriceEstimate } from './pricing.ts'

/** What a request would consume. */
export interface LimitedRequest {
  alias: string | null
  endpointId: string
  kind: string
  price: PriceEstimate
}

/**
 * Refuses a request beyond the key's limits, whatever it has spent so far. @throws AppError FORBIDDEN, with a pointer
 * to the limiting field.
 */
export function checkKeyLimits(limits: KeyLimits, request: LimitedRequest): void {
  const { models, kinds, maxCostMicrosPerJob: perJob, maxCostMicrosPerMonth: perMonth } = limits
  const names = [request.alias, request.endpointId]
  if (models !== undefined && !models.some((model) => names.includes(model))) {
    refuse('This API key may not use this model.', { code: 'model_not_allowed', allowed: models })
  }
  if (kinds !== undefined && !kinds.some((kind) => kind === request.kind)) {
    refuse(`This API key may not use models of kind "${request.kind}".`, {
      code: 'kind_not_allowed',
      allowed: kinds,
    })
  }
  if (perJob === undefined && perMonth === undefined) return
  const worst = worstCaseMicros(request.price)
  if (worst === null) {
    refuse('This API key has a cost limit, and the cost of this job is not known before it runs.', {
      code: 'price_unknown',
    })
  } else if (perJob !== undefined && worst > perJob) {
    refuse(
      `This API key may spend ${formatUsd(perJob)} USD on a job; this one is estimated at ${formatUsd(worst)} USD.`,
      {
        code: 'cost_limit_per_job',
      },
    )
  }
}

/** The error for a job that exceeds what is left of the key's monthly limit. */
export function monthIsSpent(limitMicros: number, spentMicros: number, neededMicros: number): AppError {
  const message = `This API key may spend ${formatUsd(limitMicros)} USD in a month and has ${formatUsd(Math.max(0, limitMicros - spentMicros))} USD left.`
  return new AppError('FORBIDDEN', message, {
    errors: [{ pointer: '/model', message, code: 'cost_limit_per_month' }],
    extensions: { limit: { limitMicros, spentMicros, neededMicros, currency: 'USD' } },
  })
}

/** The refusal of a job that exceeds its key's limit of jobs in flight. */
export function tooManyInFlight(atMost: number): AppError {
  const message = `This API key may have ${atMost} jobs in flight; wait for one to end.`
  return new AppError('RATE_LIMITED', message, { retryAfterSeconds: retryInFlightSeconds })
}

/** Jobs end in seconds to minutes. */
const retryInFlightSeconds = 5

/** The maximum cost of a request, in micro-USD; null when it is unbounded or unknown. */
export function worstCaseMicros(
  price: Pick<PriceEstimate, 'estimatedMicros' | 'atMostMicros'>,
): number | null {
  const { estimatedMicros, atMostMicros } = price
  if (estimatedMicros === null) return atMostMicros
  return Math.max(estimatedMicros, atMostMicros ?? 0)
}

function refuse(message: string, error: Pick<FieldError, 'code' | 'allowed'>): never {
  throw new AppError('FORBIDDEN', message, { errors: [{ pointer: '/model', message, ...error }] })
}
