/**
 * Prepares and prices a request and enforces the key's spending limits: the part that create and quote share, before
 * any write.
 */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import { checkKeyLimits, worstCaseMicros } from '../../domain/money/check-key-limits.ts'
import { formatUsd } from '../../domain/money/money.ts'
import type { PriceEstimate } from '../../domain/money/pricing.ts'
import { type LivePrices, type Prepared, type PrepareOptions, prepareFor } from '../../models/prepare.ts'
import type { ModelBook } from '../models/model-book.ts'
import { type CreateRequest, paramsOf, type RequestRest } from './create-request.ts'

export interface PriceJobDeps {
  models: Pick<ModelBook, 'find'>
  /** Never waits long and never fails: without live prices the catalogue's are used. */
  livePrices: () => Promise<LivePrices>
  creditsEnforced: boolean
  /** Reserved for a job whose price is not fully known; null: such a job needs `maxCostMicros`. */
  unknownReserveMicros: number | null
}

export interface PricedJob {
  prepared: Prepared
  /** The version of FAL's document that it was checked against. */
  modelVersion: number | null
  rest: RequestRest
  /** The reservation: the most that the job can cost; 0 when credits are off. */
  reserveMicros: number
  /** Whether the client's credits pay for the job. */
  isCharged: boolean
  /** What the job counts against its key's monthly limit; 0 without one. */
  budgetMicros: number
}

/** How strictly `input` is held to what is known of the model. */
export type InputRules = Pick<PrepareOptions, 'passUnknown' | 'exactValues'>

export type PriceJob = (client: Client, request: CreateRequest, rules?: InputRules) => Promise<PricedJob>

/** @throws AppError UNKNOWN_MODEL, INVALID_PARAMS, FORBIDDEN (limits of the key). */
export function makePriceJob(deps: PriceJobDeps): PriceJob {
  return async function priceJob(client, request, rules = {}) {
    const { model: asked, input } = request
    const { model: found, version, warnings } = await deps.models.find(asked)
    const prepared = prepareFor(
      found,
      { params: paramsOf(request), ...(input === undefined ? {} : { input }) },
      { livePrices: await deps.livePrices(), warnings, ...rules },
    )
    if (request.strict === true) refuseChanges(prepared)
    const { model, price } = prepared
    const { alias, endpointId, kind } = model
    checkKeyLimits(client.limits, { alias, endpointId, kind, price })
    checkMaxCost(prepared, request.maxCostMicros, deps.creditsEnforced)
    const worst = worstCaseMicros(price)
    return {
      prepared,
      modelVersion: version,
      rest: request,
      reserveMicros: deps.creditsEnforced ? reserveOf(price, request.maxCostMicros, deps) : 0,
      isCharged: deps.creditsEnforced,
      budgetMicros: client.limits.maxCostMicrosPerMonth === undefined ? 0 : (worst ?? 0),
    }
  }
}

/** What the request would be changed to is refused, each change with its place. */
function refuseChanges({ warnings }: Prepared): void {
  const changes = warnings.filter(({ field }) => field !== 'model')
  if (changes.length === 0) return
  const errors = changes.map(({ field, from, to, reason }) => ({
    pointer: `/${field.replace('.', '/')}`,
    message: `Would be changed from ${JSON.stringify(from)} to ${JSON.stringify(to)}: ${reason}.`,
    code: 'would_change',
  }))
  throw new AppError('INVALID_PARAMS', '"strict" refuses what would be changed.', { errors })
}

/**
 * Expensive jobs require `confirm: true`.
 * @throws AppError CONFIRMATION_REQUIRED, with the estimate.
 */
export function checkConfirmed({ prepared, rest }: PricedJob, aboveMicros: number | null): void {
  if (rest.confirm === true || !needsConfirmation(prepared, aboveMicros)) return
  const { estimatedMicros, atMostMicros, currency } = prepared.price
  const worst = worstCaseMicros(prepared.price) ?? 0
  throw new AppError(
    'CONFIRMATION_REQUIRED',
    `The job is estimated at ${formatUsd(worst)} USD, which needs "confirm": true.`,
    { extensions: { estimate: { estimatedMicros: estimatedMicros ?? worst, atMostMicros, currency } } },
  )
}

export function needsConfirmation({ price }: Prepared, aboveMicros: number | null): boolean {
  const worst = worstCaseMicros(price)
  return aboveMicros !== null && worst !== null && worst > aboveMicros
}

/**
 * A fully published price is reserved at its maximum. For any other price the client's own limit or the operator's
 * amount is reserved, and FAL's bill settles it.
 */
function reserveOf(
  price: PriceEstimate,
  maxCostMicros: number | undefined,
  { unknownReserveMicros }: Pick<PriceJobDeps, 'unknownReserveMicros'>,
): number {
  const worst = worstCaseMicros(price)
  if (price.confidence === 'rule' && worst !== null) return worst
  const chosen = maxCostMicros ?? unknownReserveMicros
  if (chosen === null)
    throw priceUnknown('/model', price.reason ?? 'only the bare unit price of FAL is known')
  return Math.max(worst ?? 0, chosen)
}

function checkMaxCost(
  { price }: Prepared,
  maxCostMicros: number | undefined,
  creditsEnforced: boolean,
): void {
  if (maxCostMicros === undefined) return
  const worst = price.estimatedMicros ?? price.atMostMicros
  // With credits the limit is what is reserved. Without credits, a limit that cannot be checked is refused.
  if (worst === null && creditsEnforced) return
  if (worst === null) throw priceUnknown('/maxCostMicros', price.reason)
  if (worst <= maxCostMicros) return
  throw new AppError('INVALID_PARAMS', 'The estimate is above maxCostMicros.', {
    errors: [
      {
        pointer: '/maxCostMicros',
        message: `The job is estimated at ${worst} micro-USD. Raise the limit or ask for less.`,
        code: 'max_cost_exceeded',
      },
    ],
    extensions: { estimate: { estimatedMicros: worst, currency: price.currency } },
  })
}

function priceUnknown(pointer: string, reason: string | null): AppError {
  const message = `What the job costs is not known before it ran${reason === null ? '' : `: ${reason}`}.${pointer === '/model' ? ' Send maxCostMicros: so much is reserved.' : ''}`
  return new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code: 'price_unknown' }] })
}
