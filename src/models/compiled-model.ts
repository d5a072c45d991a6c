/** An entry with the look-ups of `prepare` precomputed: fields and parameters by name, and FAL's defaults. */
import type { Binding } from './binding.ts'
import { bindingsOf } from './bindings.ts'
import type { KnownModel, Parameter, ParamName } from './catalogue/entry.ts'

export interface CompiledModel {
  readonly entry: KnownModel
  readonly fields: ReadonlyMap<string, Parameter>
  readonly bindings: ReadonlyMap<ParamName, Binding>
  /** What FAL fills in for the fields it is not sent. */
  readonly defaults: Readonly<Record<string, unknown>>
  readonly required: readonly Parameter[]
  /** Fields that the service sends when the caller omits them. */
  readonly always: readonly Parameter[]
}

export function compiledModel(entry: KnownModel): CompiledModel {
  const known = compiled.get(entry)
  if (known !== undefined) return known
  const made = compile(entry)
  compiled.set(entry, made)
  return made
}

/** Entries read from FAL's documents come and go: they are kept as long as the entry is. */
const compiled = new WeakMap<KnownModel, CompiledModel>()

function compile(entry: KnownModel): CompiledModel {
  const { parameters } = entry
  const withDefault = parameters.filter((parameter) => parameter.default !== undefined)
  return {
    entry,
    fields: new Map(parameters.map((parameter) => [parameter.field, parameter])),
    bindings: new Map(bindingsOf(entry).map((binding) => [binding.param, binding])),
    defaults: Object.fromEntries(withDefault.map((parameter) => [parameter.field, parameter.default])),
    required: parameters.filter((parameter) => parameter.required === true),
    always: parameters.filter((parameter) => parameter.always !== undefined),
  }
}
