/** Quotes a create without performing it, and checks a later create against its quote. */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import type { ParamWarning } from '../../domain/job.ts'
import { describeDataUris } from '../../domain/media/data-uris.ts'
import { type PriceEstimate, staleDaysOf } from '../../domain/money/pricing.ts'
import { compiledModel } from '../../models/compiled-model.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CreateRequest } from './create-request.ts'
import { needsConfirmation, type PricedJob, type PriceJob } from './price-job.ts'
import type { Quote, QuoteTokens } from './quote-token.ts'

export interface QuoteJobDeps {
  priceJob: PriceJob
  quotes: QuoteTokens
  clock: Clock
  confirmAboveMicros: number | null
}

/** Lifetime of a quote. */
const quoteLifeMs = 600_000

export type QuoteJob = ReturnType<typeof makeQuoteJob>

/** @throws AppError as create does for the same body, except for insufficient credits and missing confirmation. */
export function makeQuoteJob(deps: QuoteJobDeps) {
  return async function quoteJob(client: Client, request: CreateRequest) {
    const { prepared } = await deps.priceJob(client, request)
    const { model, params, input, warnings, price } = prepared
    const expiresAt = deps.clock.now() + quoteLifeMs
    return {
      quoteId: deps.quotes.sign(quoteOf(client, prepared), expiresAt),
      expiresAt: new Date(expiresAt).toISOString(),
      model: model.alias ?? model.endpointId,
      endpointId: model.endpointId,
      kind: model.kind,
      params: describeDataUris(params),
      warnings: [...describeDataUris(warnings), ...staleWarnings(price, deps.clock.now())],
      input: describeDataUris(input),
      price,
      confirmationRequired: needsConfirmation(prepared, deps.confirmAboveMicros),
    }
  }
}

/** FAL changes prices without notice, so an old one is said to be old. */
function staleWarnings(price: PriceEstimate, now: number): ParamWarning[] {
  const days = staleDaysOf(price, now)
  if (days === null) return []
  const reason = `The price is of ${price.priceAsOf}, ${days} days ago: FAL may charge another by now.`
  return [{ field: 'price', from: price.priceAsOf, to: null, reason }]
}

/** @throws AppError QUOTE_CHANGED; INVALID_PARAMS when the quote was not issued to this client. */
export function checkQuote(
  { prepared, rest }: PricedJob,
  client: Client,
  { quotes, clock }: Pick<QuoteJobDeps, 'quotes' | 'clock'>,
): void {
  if (rest.quoteId === undefined) return
  const verdict = quotes.verify(rest.quoteId, quoteOf(client, prepared), clock.now())
  if (verdict.type === 'same') return
  if (verdict.type === 'unknown') {
    const message = 'The quote does not exist.'
    throw new AppError('INVALID_PARAMS', message, {
      errors: [{ pointer: '/quoteId', message, code: 'unknown_quote' }],
    })
  }
  const { estimatedMicros, atMostMicros, currency } = prepared.price
  const code = verdict.type === 'expired' ? 'quote_expired' : `${verdict.what}_changed`
  const message = `${quoteTexts[code] ?? ''} Ask for a new quote.`
  throw new AppError('QUOTE_CHANGED', message, {
    errors: [{ pointer: '/quoteId', message, code }],
    extensions: { estimate: { estimatedMicros, atMostMicros, currency } },
  })
}

const quoteTexts: Readonly<Record<string, string>> = {
  quote_expired: 'The quote has expired.',
  price_changed: 'The price is no longer the one that was quoted.',
  input_changed: 'The request is not the one that was quoted.',
}

/** A FAL default counts the same whether it is sent or not, so the params that a quote shows match that quote. */
function quoteOf(client: Client, { model, input: sent, price }: PricedJob['prepared']): Quote {
  const { estimatedMicros, atMostMicros } = price
  const input = model.entry === null ? sent : { ...compiledModel(model.entry).defaults, ...sent }
  return { clientId: client.clientId, endpointId: model.endpointId, input, estimatedMicros, atMostMicros }
}
