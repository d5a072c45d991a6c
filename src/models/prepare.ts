/**
 * Turns what a caller asked into exactly what FAL is sent, with every change reported and the price computed; or
 * refuses with all errors at once. Pure, and on the path of every create.
 * FAL's defaults are FAL's to fill in: they show in `params` and count in the price, and are not sent.
 */
import type { Binding, FalInput } from './binding.ts'
import { type Parameter, paramNames } from './catalogue/entry.ts'
import { type CompiledModel, compiledModel } from './compiled-model.ts'
import { checkConstraints, isOverridden } from './constraints.ts'
import { prepareUnlisted } from './prepare-unlisted.ts'
import { invalidParams, type Prepared } from './prepared.ts'
import { type LivePrices, priceInput } from './price.ts'
import { type ResolvedModel, resolveModel } from './resolve.ts'
import { sameJson } from './same-json.ts'
import { checkFreeTexts } from './values/check-text.ts'
import { checkAsIs, checkParameter, checkReserved } from './values/check-value.ts'
import {
  checkExact,
  createFindings,
  type Findings,
  inputPlace,
  paramPlace,
  refuse,
  warn,
} from './values/findings.ts'
import {
  hasParamType,
  isParamName,
  isParams,
  type Params,
  paramTypeName,
  type Warning,
} from './values/params.ts'

export type { Prepared } from './prepared.ts'
export type { LivePrices } from './price.ts'
export type { Params, Warning } from './values/params.ts'

export interface PrepareRequest {
  /** Alias, synonym or FAL endpoint id. */
  model: string
  params: Params
  /** Extra FAL fields. */
  input?: Record<string, unknown>
}

export interface PrepareOptions {
  livePrices?: LivePrices
  /** Doubts about the model itself. */
  warnings?: readonly Warning[]
  /** Fields of the input that the model is not known to have are sent as they are, with a warning. Default: refused. */
  passUnknown?: boolean
  /** Values of the input are sent as they are or refused, as FAL does. Default: normalized with a warning. */
  exactValues?: boolean
}

/**
 * @throws AppError UNKNOWN_MODEL; INVALID_PARAMS with one entry in `errors` for each thing to fix, its pointer into the
 *   create body (`/durationSeconds`, `/input/num_images`).
 */
export function prepare(request: PrepareRequest, options: { livePrices?: LivePrices } = {}): Prepared {
  return prepareFor(resolveModel(request.model), request, options)
}

/** The same for a model that is found already. */
export function prepareFor(
  model: ResolvedModel,
  request: Omit<PrepareRequest, 'model'>,
  options: PrepareOptions = {},
): Prepared {
  const warnings = options.warnings ?? []
  if (model.entry === null) {
    const prepared = prepareUnlisted(model, request.params, request.input ?? {}, options)
    return { ...prepared, warnings: [...warnings, ...prepared.warnings] }
  }

  const compiled = compiledModel(model.entry)
  const findings = createFindings()
  warnOfDoubts(compiled, findings)
  const draft: Draft = { sent: {}, refused: new Set(), named: new Set(), shown: new Map() }
  takeInput(compiled, request.input ?? {}, draft, findings, options)
  takeParams(compiled, request.params, draft, findings)
  for (const parameter of compiled.always) {
    if (!Object.hasOwn(draft.sent, parameter.field)) draft.sent[parameter.field] = parameter.always
  }
  checkRequired(compiled, draft, findings)
  answerWithLinks(compiled, draft, findings)
  const input = inOrder(compiled, draft)
  const full = { ...compiled.defaults, ...input }
  checkConstraints(compiled, draft, full, findings)
  if (findings.errors.length > 0) throw invalidParams(findings)

  return {
    model,
    params: showParams(compiled, draft, full),
    input,
    warnings: [...warnings, ...findings.warnings],
    price: priceInput(model.entry, input, options),
  }
}

/** A request half way: FAL fields settled, refused, set by a parameter; and parameters as they will be shown. */
interface Draft {
  readonly sent: Record<string, unknown>
  readonly refused: Set<string>
  readonly named: Set<string>
  readonly shown: Map<string, unknown>
}

function warnOfDoubts({ entry }: CompiledModel, findings: Findings): void {
  if (entry.availability !== 'retired') return
  const instead = entry.successor === undefined ? '' : `; use ${entry.successor} instead`
  const reason = `this endpoint is retired${instead}`
  warn(findings, paramPlace('model'), entry.alias, entry.alias, reason)
}

function takeInput(
  compiled: CompiledModel,
  input: Record<string, unknown>,
  draft: Draft,
  findings: Findings,
  { passUnknown, exactValues }: PrepareOptions,
): void {
  for (const [field, value] of Object.entries(input)) {
    if (value === undefined) continue
    const at = inputPlace(field)
    const reserved = checkReserved(field, value, at, findings)
    if (reserved === null) continue
    const rule =
      compiled.fields.get(field) ?? (field === '__proto__' ? undefined : compiled.entry.otherFields)
    if (rule === undefined && passUnknown === true && field !== '__proto__') {
      if (!checkExact(value, at, findings) || !checkFreeTexts(value, at, findings)) continue
      draft.sent[field] = value
      warn(findings, at, value, value, 'not among the known fields of the model: sent as it is')
      continue
    }
    if (rule === undefined) {
      refuse(findings, at, 'unknown_field', 'This model has no such field.', [...compiled.fields.keys()])
      continue
    }
    const kept = reserved === undefined ? value : reserved.value
    const accepted =
      exactValues === true ? checkAsIs(rule, kept, at, findings) : checkParameter(rule, kept, at, findings)
    if (accepted === null) draft.refused.add(field)
    else draft.sent[field] = accepted.value
  }
}

function takeParams(compiled: CompiledModel, params: Params, draft: Draft, findings: Findings): void {
  const given: Record<string, unknown> = { ...params }
  for (const name of Object.keys(given)) {
    if (given[name] === undefined || (isParamName(name) && compiled.bindings.has(name))) continue
    const code = isParamName(name) ? 'unsupported' : 'unknown_field'
    refuse(findings, paramPlace(name), code, 'This model takes no such parameter.', [
      ...compiled.bindings.keys(),
    ])
  }
  for (const [name, binding] of compiled.bindings) {
    const value = given[name]
    if (value !== undefined) takeParam(binding, value, draft, findings)
  }
}

function takeParam(binding: Binding, value: unknown, draft: Draft, findings: Findings): void {
  const { param, field } = binding
  const at = paramPlace(param)
  if (!hasParamType(param, value)) {
    draft.refused.add(field)
    refuse(findings, at, 'wrong_type', `Must be a ${paramTypeName(param)}.`)
    return
  }
  const encoded = binding.encode(value, draft.sent, at, findings)
  if (encoded === null) {
    draft.refused.add(field)
    return
  }
  if (Object.hasOwn(draft.sent, field) && !sameJson(draft.sent[field], encoded.fal)) {
    refuse(findings, at, 'contradiction', `Contradicts another value for FAL's field ${field}.`)
    return
  }
  draft.sent[field] = encoded.fal
  draft.named.add(field)
  draft.shown.set(param, encoded.shown)
}

function checkRequired(compiled: CompiledModel, draft: Draft, findings: Findings): void {
  for (const parameter of compiled.required) {
    if (draft.refused.has(parameter.field)) continue
    const isGiven = Object.hasOwn(draft.sent, parameter.field)
    if (isGiven && !isBlankPrompt(parameter, draft.sent[parameter.field])) continue
    const isNamed = parameter.param !== undefined && (!isGiven || draft.named.has(parameter.field))
    const at = isNamed ? paramPlace(parameter.param ?? '') : inputPlace(parameter.field)
    if (isGiven) refuse(findings, at, 'required', 'This model needs a prompt that is not blank.')
    else refuse(findings, at, 'required', requiredMessage(parameter))
  }
}

/** A blank prompt is paid like any other and describes nothing. */
const isBlankPrompt = ({ field }: Parameter, value: unknown): boolean =>
  field === 'prompt' && typeof value === 'string' && value.trim() === ''

function requiredMessage(parameter: Parameter): string {
  return parameter.param === 'inputImageUrls'
    ? 'This model needs inputImageUrl or inputImageUrls.'
    : 'This model needs it.'
}

/** FAL's switch for files inside the result, which may be of any size, in place of links. */
const inlineSwitch = 'sync_mode'

/** Turned off: what comes as links is archived from there, and the result stays small. */
function answerWithLinks({ fields }: CompiledModel, { sent }: Draft, findings: Findings): void {
  if (sent[inlineSwitch] !== true || fields.get(inlineSwitch)?.type !== 'boolean') return
  sent[inlineSwitch] = false
  const reason = 'the files come as links, and their archived copies are linked'
  warn(findings, inputPlace(inlineSwitch), true, false, reason)
}

/** In the order of the entry, whatever the order of the request, so that equal requests are equal texts. */
function inOrder(compiled: CompiledModel, draft: Draft): Record<string, unknown> {
  const others = Object.keys(draft.sent).filter((field) => !compiled.fields.has(field))
  const input: Record<string, unknown> = {}
  for (const field of [...compiled.fields.keys(), ...others.toSorted()]) {
    if (Object.hasOwn(draft.sent, field)) input[field] = draft.sent[field]
  }
  return input
}

function showParams(compiled: CompiledModel, draft: Draft, full: FalInput): Params {
  const shown: Record<string, unknown> = {}
  for (const name of paramNames) {
    const binding = compiled.bindings.get(name)
    if (binding === undefined) continue
    if (isOverridden(compiled, binding.field, draft.sent)) continue
    const value = draft.shown.has(name) ? draft.shown.get(name) : decodeRest(binding, draft, full)
    if (value !== undefined && value !== null) shown[name] = value
  }
  if (!isParams(shown))
    throw new Error(`catalogue entry ${compiled.entry.alias} shows a parameter of the wrong type`)
  return shown
}

/** Skips a field that the caller already set by another parameter: one image is not shown as a list too. */
function decodeRest(binding: Binding, draft: Draft, full: FalInput): unknown {
  if (draft.named.has(binding.field)) return undefined
  const value = binding.decode(full[binding.field], full)
  return hasParamType(binding.param, value) ? value : undefined
}
