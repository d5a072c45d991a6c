/** The whole configuration, read once from the environment; a bad start names every wrong variable. */
import type { TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { environmentSchema, isSetting, settings, settingsOf } from './environment.ts'
import { combinationProblems } from './rules.ts'
import { withSecretFiles } from './secret-files.ts'
import type { Decoded, Environment, Given, RawOf, Setting, SettingTree } from './setting.ts'
import { misspeltNames, oddities } from './warnings.ts'

/** The decoded value of every setting; environment.ts is their table. */
export interface Config extends Decoded<typeof settings> {
  /** Warnings that do not prevent the start, one sentence each, without secrets. */
  warnings: string[]
}

export class ConfigError extends Error {
  readonly problems: string[]

  constructor(problems: string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'an error' : `${problems.length} errors`}:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** The environment of this process, for commands that lay their own values over it. Nothing else reads it. */
export const environmentOfProcess = (): Record<string, string | undefined> => process.env

/**
 * Reads the configuration from an environment. @throws ConfigError that lists every problem, without values of
 * secrets.
 */
export function readConfig(environment: Environment = environmentOfProcess()): Config {
  const files = withSecretFiles(environment)
  const values = readValues(files.environment)
  const given: Given = {
    environment,
    raw: <S extends Setting<unknown>>({ name }: S) => values[name] as RawOf<S>,
    value: (setting) => setting.decode(given.raw(setting), given),
  }
  const problems = [
    ...new Set([...files.problems, ...schemaProblems(files.environment, values)]),
    ...valueProblems(given).filter((problem) => !isOfUnread(problem, files.problems)),
  ]
  if (problems.length > 0) throw new ConfigError([...problems, ...misspeltNames(environment)])
  return { ...decodeTree(settings, given), warnings: [...oddities(given), ...misspeltNames(environment)] }
}

/** The tree with the decoded value of each setting. */
function decodeTree<Tree extends SettingTree>(tree: Tree, given: Given): Decoded<Tree> {
  const entries = Object.entries(tree).map(([name, branch]) => [
    name,
    isSetting(branch) ? given.value(branch) : decodeTree(branch, given),
  ])
  return Object.fromEntries(entries)
}

/** Empty means unset; numbers and flags are read from their text; aliases and defaults fill in. */
function readValues(environment: Environment): Record<string, unknown> {
  const values = settingsOf().flatMap(({ name, schema, alias }) => {
    const text = environment[name]?.trim() || (alias === undefined ? '' : environment[alias]?.trim())
    const value = text ? parse(schema, text) : schema.default
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(values)
}

function parse(schema: TSchema, value: string): unknown {
  if (schema.type === 'integer' || schema.type === 'number') {
    return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
  }
  if (schema.type === 'boolean') {
    if (['1', 'true', 'yes', 'on'].includes(value.toLowerCase())) return true
    return ['0', 'false', 'no', 'off'].includes(value.toLowerCase()) ? false : value
  }
  return value
}

function schemaProblems(environment: Environment, values: Record<string, unknown>): string[] {
  return [...Value.Errors(environmentSchema, values)].map(({ path }) => {
    const name = path.slice(1).split('/')[0] ?? ''
    return `${name}: ${expectation(name)}, but is ${shown(name, environment[name])}`
  })
}

function valueProblems(given: Given): string[] {
  const single = settingsOf().flatMap((setting) => {
    const raw = given.raw(setting)
    return raw === undefined ? [] : (setting.problems?.(raw, given) ?? [])
  })
  return [...combinationProblems(given), ...single]
}

/** NAME is missing only because its NAME_FILE could not be read, which is reported already. */
const isOfUnread = (problem: string, unreadable: string[]): boolean =>
  unreadable.some((text) =>
    problem
      .split(': ', 1)[0]
      ?.split(' and ')
      .includes(text.replace(/_FILE: .*/s, '')),
  )

const secret = /KEY(?!_PREFIX)|SECRET|DATABASE_(DIRECT_)?URL/

function shown(name: string, value: string | undefined): string {
  if (value === undefined || value === '') return 'not set'
  return secret.test(name) ? 'something else (not shown: it is a secret)' : `"${value}"`
}

/** What a variable should be, in words, from its schema. */
function expectation(name: string): string {
  const schema: TSchema | undefined = environmentSchema.properties[name]
  if (schema === undefined) return 'must be known'
  if (Array.isArray(schema.anyOf)) {
    return `must be one of ${schema.anyOf.map((option: TSchema) => String(option.const)).join(', ')}`
  }
  if (schema.type === 'boolean') return 'must be 1 or 0'
  if (schema.type === 'integer' || schema.type === 'number') {
    const what = schema.type === 'integer' ? 'a whole number' : 'a number'
    const upper = schema.maximum < Number.MAX_SAFE_INTEGER ? ` to ${schema.maximum}` : ' or more'
    return `must be ${what}, ${schema.minimum ?? 0}${upper}`
  }
  // Prefer the schema's description of the allowed values to its pattern.
  if (typeof schema.allowed === 'string') return `must be ${schema.allowed}`
  if (schema.pattern !== undefined) return `must match ${schema.pattern}`
  if (schema.minLength > 1) return `must have at least ${schema.minLength} characters`
  return 'must be text'
}
