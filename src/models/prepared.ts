/** The outcome of preparing a request: everything needed to price, store and send it, or the refusal. */
import { AppError } from '../domain/errors.ts'
import type { PriceEstimate } from '../domain/money/pricing.ts'
import type { ResolvedModel } from './resolve.ts'
import type { Findings } from './values/findings.ts'
import type { Params, Warning } from './values/params.ts'

export interface Prepared {
  model: ResolvedModel
  /** The normalized parameters, with FAL's defaults filled in where they have a normalized form. */
  params: Params
  /** Exactly what FAL is sent. */
  input: Record<string, unknown>
  /** Everything that was changed, and (field `model`) doubts about the endpoint itself. */
  warnings: Warning[]
  price: PriceEstimate
}

/** The refusal with all errors; with a single error its text is the message. */
export function invalidParams(findings: Findings): AppError {
  const [first] = findings.errors
  const count = findings.errors.length
  const message =
    count === 1 && first !== undefined
      ? `${first.pointer.slice(1)}: ${first.message}`
      : `${count} parameters cannot be used.`
  return new AppError('INVALID_PARAMS', message, { errors: findings.errors })
}
