/** Judges whether a priced request is within the limits of its API key. */
import { AppError, type FieldError } from '../errors.ts'
import type { KeyLimits } from '../key-limits.ts'
import { formatUsd } from './money.ts'
import type { PriceEstimate } from './pricing.ts'

/** What a request would use. */
export interface LimitedRequest {
  alias: string | null
  endpointId: string
  kind: string
  price: PriceEstimate
}

/**
 * Refuses what the key may not do, whatever it has spent so far.
 * @throws AppError FORBIDDEN, with a pointer to what is in the way.
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
    refuse('This API key has a cost limit, and what the job costs is not known before it ran.', {
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

/** The refusal of a job that does not fit into what is left of the key's month. */
export function monthIsSpent(limitMicros: number, spentMicros: number, neededMicros: number): AppError {
  const message = `This API key may spend ${formatUsd(limitMicros)} USD in a month and has ${formatUsd(Math.max(0, limitMicros - spentMicros))} USD left.`
  return new AppError('FORBIDDEN', message, {
    errors: [{ pointer: '/model', message, code: 'cost_limit_per_month' }],
    extensions: { limit: { limitMicros, spentMicros, neededMicros, currency: 'USD' } },
  })
}

/** The most a request can cost as far as that is known, in micro-USD; null when nothing bounds it. */
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
