/**
 * Reads the simulator's own environment once; an invalid value fails the start with a sentence that says what is
 * allowed.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isObject, parseJson } from './base/json.ts'
import { checkScript, type SimulatorScript } from './script.ts'
import { checkGivenModel, type GivenModel } from './world/given-model.ts'

const ConfigSchema = Type.Object({
  SIMULATOR_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 8787,
    description: '0: any free one',
  }),
  SIMULATOR_BACKUP_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: "a second port, as FAL's backup hosts: open while connections to the first are refused",
    }),
  ),
  SIMULATOR_HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'address to listen on' }),
  SIMULATOR_SPEED: Type.Number({
    exclusiveMinimum: 0,
    default: 1,
    description: 'simulated seconds per real second',
  }),
  SIMULATOR_SCRIPT: Type.Optional(
    Type.String({ minLength: 1, description: 'path of a JSON script: see docs/simulator.md' }),
  ),
  SIMULATOR_MODELS: Type.Optional(
    Type.String({
      minLength: 1,
      description: "folder of models to add: FAL's OpenAPI documents as JSON, see docs/simulator.md",
    }),
  ),
  SIMULATOR_SEED: Type.Optional(
    Type.Integer({ minimum: 0, description: 'makes a run repeatable; without it random' }),
  ),
  SIMULATOR_KEYS: Type.Optional(
    Type.String({ minLength: 3, description: 'accepted keys, comma-separated; without it any `id:secret`' }),
  ),
  SIMULATOR_PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#]+(/[^?#]*)?$',
      description: 'where callers reach it behind a front; links begin so',
    }),
  ),
  SIMULATOR_LOG: Type.Integer({ minimum: 0, maximum: 1, default: 0, description: '1: each request' }),
})

/** One line for each variable, with its meaning and default. */
export const variables = (): string[] =>
  Object.entries(ConfigSchema.properties).map(([name, { description, default: standard }]) => {
    const fallback = standard === undefined ? '' : ` (default ${standard})`
    return `  ${name.padEnd(22)}${description ?? ''}${fallback}`.trimEnd()
  })

export interface SimulatorConfig {
  readonly port: number
  readonly backupPort: number | undefined
  readonly host: string
  readonly speed: number
  readonly script: SimulatorScript
  readonly models: readonly GivenModel[]
  readonly seed: number | undefined
  readonly keys: readonly string[]
  readonly log: boolean
  readonly publicUrl: string | undefined
}

/** @throws Error that lists every wrong variable */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): SimulatorConfig {
  const values = readVariables(environment)
  return {
    port: values.SIMULATOR_PORT,
    backupPort: values.SIMULATOR_BACKUP_PORT,
    host: values.SIMULATOR_HOST,
    speed: values.SIMULATOR_SPEED,
    script: values.SIMULATOR_SCRIPT ? readScript(values.SIMULATOR_SCRIPT) : {},
    models: values.SIMULATOR_MODELS ? readModels(values.SIMULATOR_MODELS) : [],
    seed: values.SIMULATOR_SEED,
    keys: (values.SIMULATOR_KEYS ?? '').split(',').filter((key) => key !== ''),
    log: values.SIMULATOR_LOG === 1,
    publicUrl: values.SIMULATOR_PUBLIC_URL,
  }
}

function readVariables(environment: NodeJS.ProcessEnv): Static<typeof ConfigSchema> {
  const given = Object.keys(ConfigSchema.properties).flatMap((name) => {
    const value = environment[name]
    return value ? [[name, value]] : []
  })
  const values = Value.Default(ConfigSchema, Value.Convert(ConfigSchema, Object.fromEntries(given)))
  if (Value.Check(ConfigSchema, values)) return values
  const problems = [...Value.Errors(ConfigSchema, values)].map((e) => `${e.path.slice(1)}: ${e.message}`)
  throw new Error(`Wrong simulator configuration. ${problems.join('; ')}`)
}

function readScript(path: string): SimulatorScript {
  try {
    return checkScript(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`SIMULATOR_SCRIPT ${path}: ${reason}`, { cause })
  }
}

/** Each file is a model as the admin takes it, or FAL's bare document, which names its endpoint itself. */
function readModels(folder: string): GivenModel[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readModel(join(folder, name)))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`SIMULATOR_MODELS ${folder}: ${reason}`, { cause })
  }
}

function readModel(path: string): GivenModel {
  const content = parseJson(readFileSync(path, 'utf8'))
  const info = isObject(content) && isObject(content.info) ? content.info['x-fal-metadata'] : undefined
  return checkGivenModel(isObject(info) ? { endpointId: info.endpointId, openapi: content } : content)
}
