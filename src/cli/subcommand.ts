/** The frame of the operator's commands: arguments in, table or JSON out, errors as one line and exit code 1 (use: 2). */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type ApiClient, ApiError, createApiClient } from './api-client.ts'

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

export interface Call {
  api: ApiClient
  /** What stands behind the subcommand's name. */
  positionals: string[]
  values: Values
  /** With --json the value as it is, else `lines`. */
  show(value: unknown, lines: () => string[]): void
  json: boolean
}

export interface Subcommands {
  usage: string
  options: ParseArgsOptionsConfig
  run: Record<string, (call: Call) => Promise<void>>
}

/** Resolves with the exit code. */
export async function runSubcommand(definition: Subcommands, args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...definition.options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    })
    const [name, ...rest] = positionals
    const command =
      name !== undefined && Object.hasOwn(definition.run, name) ? definition.run[name] : undefined
    if (values.help === true || command === undefined) {
      const asked = values.help === true
      ;(asked ? process.stdout : process.stderr).write(definition.usage)
      return asked ? 0 : 2
    }
    const json = values.json === true
    const show = (value: unknown, lines: () => string[]): void => {
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${lines().join('\n')}\n`)
    }
    await command({ api: createApiClient(), positionals: rest, values, show, json })
    return 0
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      process.stderr.write(`${error.message}\n\n${definition.usage}`)
      return 2
    }
    if (!(error instanceof ApiError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

/** Columns as wide as they must be; `–` where there is nothing. */
export function table(rows: (string | number | null)[][]): string[] {
  const texts = rows.map((row) => row.map((cell) => (cell === null || cell === '' ? '–' : String(cell))))
  const widths = (texts[0] ?? []).map((_, n) => Math.max(...texts.map((row) => row[n]?.length ?? 0)))
  return texts.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** The one thing a subcommand is about. */
export function idOf({ positionals }: Call): string {
  const [id] = positionals
  if (id === undefined) throw new UsageError('Which one? Give its id.')
  return encodeURIComponent(id)
}

/** A text option, or undefined. */
export function optionOf({ values }: Call, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

export class UsageError extends Error {}

const isParseError = (error: unknown): error is Error =>
  error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
