/** A catalogue entry as the API shows it: limits, encodings, price in words, JSON Schema and an example. */
import type { PriceRule } from '../domain/money/price-rule.ts'
import { describePrice, isKnownBefore } from '../domain/money/price-text.ts'
import { listedSeconds, secondsRange } from './bind-duration.ts'
import type { KnownModel, Output, Parameter, ParamName, ValueRule } from './catalogue/entry.ts'
import { compiledModel } from './compiled-model.ts'
import { type Example, exampleOf } from './example.ts'
import { type JsonSchema, paramsSchema } from './json-schema.ts'
import { ratioNames, takesAnyRatio } from './ratio.ts'

/** What one normalized parameter may be; absent members mean no limit. */
export interface ParamLimits {
  /** FAL's field. */
  field: string
  required: boolean
  allowed?: readonly (string | number)[]
  /** Beside `allowed`, other ratios are taken too. */
  anyRatio?: true
  min?: number
  max?: number
  /** The value must be above this. */
  above?: number
  /** And this the value must be below. */
  below?: number
  step?: number
  minLength?: number
  maxLength?: number
  /** What FAL uses when the parameter is not given. */
  default?: unknown
}

export interface ModelSummary {
  alias: string
  synonyms: readonly string[]
  endpointId: string
  title: string
  family: string
  kind: KnownModel['kind']
  task: string
  availability: KnownModel['availability']
  /** Alias to use in place of a retired model. */
  successor?: string
  /** Normalized names of the input files the model cannot do without. */
  requiredAssets: ParamName[]
  limits: Partial<Record<ParamName, ParamLimits>>
  output: Output
  /** Null: nothing is known of it. */
  price: ShownPrice | null
}

export interface ShownPrice {
  unit: string
  /** The rule in words. */
  rule: string
  /** `after`: it depends on the length or size of the input, or on GPU time. */
  estimable: 'before' | 'after'
  confidence: PriceRule['confidence']
  /** ISO date of the source. */
  asOf: string | null
  note?: string
}

export interface ModelDescription extends ModelSummary {
  /** JSON Schema (draft 2020-12) of the normalized parameters and of `input`. */
  schema: JsonSchema
  /** Goes through without a change. */
  example: Example
  notes: readonly string[]
  /** ISO date of the FAL schema behind all this. */
  schemaAsOf: string
}

/** For lists. */
export function summarizeModel(entry: KnownModel): ModelSummary {
  const { alias, synonyms, endpointId, title, family, kind, task, availability } = entry
  const { successor, output, price } = entry
  const named = entry.parameters.flatMap((parameter) =>
    parameter.param === undefined ? [] : [{ param: parameter.param, parameter }],
  )
  return {
    alias,
    synonyms,
    endpointId,
    title,
    family,
    kind,
    task,
    availability,
    ...(successor === undefined ? {} : { successor }),
    requiredAssets: named
      .filter(({ param, parameter }) => parameter.required === true && param.startsWith('input'))
      .map(({ param }) => param),
    limits: Object.fromEntries(
      named.map(({ param, parameter }) => [param, limitsOf(entry, param, parameter)]),
    ),
    output,
    price: price === null ? null : shownPrice(price),
  }
}

function shownPrice(price: PriceRule): ShownPrice {
  return {
    unit: price.unit,
    rule: describePrice(price),
    estimable: isKnownBefore(price) ? 'before' : 'after',
    confidence: price.confidence,
    asOf: price.asOf,
    ...(price.note === undefined ? {} : { note: price.note }),
  }
}

/** For one model. */
export function describeModel(entry: KnownModel): ModelDescription {
  return {
    ...summarizeModel(entry),
    schema: paramsSchema(entry),
    example: exampleOf(entry),
    notes: entry.notes ?? [],
    schemaAsOf: entry.asOf,
  }
}

function limitsOf(entry: KnownModel, param: ParamName, parameter: Parameter): ParamLimits {
  const { bindings, defaults } = compiledModel(entry)
  const shown = bindings.get(param)?.decode(defaults[parameter.field], defaults)
  const base = { field: parameter.field, required: parameter.required === true }
  return { ...base, ...rangeOf(entry, parameter), ...(shown === undefined ? {} : { default: shown }) }
}

function rangeOf(entry: KnownModel, parameter: Parameter): Partial<ParamLimits> {
  if (parameter.param === 'aspectRatio') {
    return { allowed: ratioNames(parameter), ...(takesAnyRatio(parameter) ? { anyRatio: true } : {}) }
  }
  if (parameter.param === 'durationSeconds') {
    const allowed = listedSeconds(parameter, entry.frameRate)
    return allowed !== undefined && allowed.length > 0
      ? { allowed }
      : secondsRange(parameter, entry.frameRate)
  }
  return limitsOfRule(parameter)
}

function limitsOfRule(rule: ValueRule): Partial<ParamLimits> {
  if (rule.type === 'union') return Object.assign({}, ...rule.options.map(limitsOfRule))
  if (rule.type === 'choice') return { allowed: rule.allowed.filter(isShown) }
  if (rule.type === 'integer' || rule.type === 'number') {
    const { allowed, min, max, above, below, step = rule.multipleOf } = rule
    return {
      ...(allowed === undefined ? {} : { allowed }),
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(above === undefined ? {} : { above }),
      ...(below === undefined ? {} : { below }),
      ...(step === undefined ? {} : { step }),
    }
  }
  if (rule.type !== 'string') return {}
  const { allowed, minLength, maxLength } = rule
  return {
    ...(allowed === undefined ? {} : { allowed }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  }
}

function isShown(value: string | number | boolean | null): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
