/**
 * One setting and the forms that settings have: a variable's name, what its text may be, its default, its meaning, and
 * what the service makes of it. The table of all of them is environment.ts.
 */
import { type TSchema, Type } from '@sinclair/typebox'

/** A variable's text as its schema reads it. */
export type Scalar = string | number | boolean

export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says. */
export interface Given {
  readonly environment: Environment
  /**
   * The variable's own value or its default; undefined without either. It may be invalid while problems are
   * collected.
   */
  raw<S extends Setting<unknown>>(setting: S): RawOf<S>
  /** What the service makes of another setting: for defaults that follow from it. */
  value<Value>(setting: Setting<Value>): Value
}

export interface Setting<Value, Raw extends Scalar = Scalar> {
  readonly name: string
  /** Type, limits, default and meaning. `allowed` says in words what a pattern allows. */
  readonly schema: TSchema
  decode(raw: Raw | undefined, given: Given): Value
  /** Problems beyond the schema: sentences that begin with the variable's name and say what to write. */
  problems?(raw: Raw, given: Given): string[]
  /** `NAME_FILE` may name a file that holds the value. */
  readonly file?: { readonly description: string; readonly mayBeAbsent: boolean }
  /** An alias, which is not listed separately. */
  readonly alias?: string
  /** A variable that counts when this one is unset, and is listed after it. */
  readonly instead?: Setting<unknown>
}

/** What the schema of a setting makes of its text, or undefined. */
export type RawOf<S extends Setting<unknown>> = Parameters<S['decode']>[0]

/** Settings in groups; what the service makes of them has the same shape. */
export type SettingTree = { readonly [name: string]: Setting<unknown> | SettingTree }

export type Decoded<Tree> =
  Tree extends Setting<infer Value> ? Value : { -readonly [Name in keyof Tree]: Decoded<Tree[Name]> }

interface TextOptions {
  allowed?: string
  pattern?: string
}

/** Any text; null when unset. */
export const text = (
  name: string,
  description: string,
  options: TextOptions = {},
): Setting<string | null, string> => ({
  name,
  schema: Type.Optional(Type.String({ minLength: 1, description, ...options })),
  decode: (raw) => raw ?? null,
})

export const textOr = (
  name: string,
  fallback: string,
  description: string,
  options: TextOptions = {},
): Setting<string, string> => ({
  name,
  schema: Type.String({ default: fallback, minLength: 1, description, ...options }),
  decode: (raw) => raw ?? fallback,
})

/** Comma-separated items; none when unset. */
export const listed = (
  name: string,
  description: string,
  itemProblem: (item: string) => string[] = () => [],
): Setting<string[], string> => ({
  ...text(name, description),
  decode: (raw) => itemsOf(raw),
  problems: (raw) => itemsOf(raw).flatMap(itemProblem),
})

export const itemsOf = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

export const flag = (name: string, description: string): Setting<boolean, boolean> => ({
  name,
  schema: Type.Boolean({ default: false, description: `${description} \`1\` or \`0\`.` }),
  decode: (raw) => raw ?? false,
})

export const count = (
  name: string,
  fallback: number,
  description: string,
  minimum = 0,
  maximum = Number.MAX_SAFE_INTEGER,
): Setting<number, number> => ({
  name,
  schema: Type.Integer({ default: fallback, minimum, maximum, description }),
  decode: (raw) => raw ?? fallback,
})

/** One of these words. */
export const choice = <const Words extends readonly string[]>(
  name: string,
  words: Words,
  fallback: Words[number],
  description: string,
): Setting<Words[number], Words[number]> => ({
  name,
  schema: oneOf(words, { default: fallback, description }),
  decode: (raw) => raw ?? fallback,
})

/** One of these words, or null when unset. */
export const optionalChoice = <const Words extends readonly string[]>(
  name: string,
  words: Words,
  description: string,
): Setting<Words[number] | null, Words[number]> => ({
  name,
  schema: Type.Optional(oneOf(words, { description })),
  decode: (raw) => raw ?? null,
})

const oneOf = (words: readonly string[], options: object): TSchema =>
  Type.Union(
    words.map((word) => Type.Literal(word)),
    options,
  )

/** The same variable with its value converted further. */
export const decoded = <From, To, Raw extends Scalar>(
  setting: Setting<From, Raw>,
  decode: (value: From, given: Given) => To,
): Setting<To, Raw> => ({
  ...setting,
  decode: (raw, given) => decode(setting.decode(raw, given), given),
})

/** Configured in seconds, used in milliseconds. */
export const inMs = (setting: Setting<number, number>): Setting<number, number> =>
  decoded(setting, (seconds) => seconds * 1000)

/** The same setting, whose value is wrong in more ways than its schema says. */
export const checked = <Value, Raw extends Scalar>(
  setting: Setting<Value, Raw>,
  problems: (raw: Raw, given: Given) => string[],
): Setting<Value, Raw> => ({ ...setting, problems })

/** The same setting, whose value may stand in a file, as orchestrators mount secrets. */
export const orFromFile = <Value, Raw extends Scalar>(
  setting: Setting<Value, Raw>,
  { description = '', mayBeAbsent = false } = {},
): Setting<Value, Raw> => ({
  ...setting,
  file: { description: `File that holds ${setting.name}${description}.`, mayBeAbsent },
})
