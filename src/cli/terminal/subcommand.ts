/** The frame of the operator's commands: arguments in, table or JSON out, errors as one line and exit code 1 (use: 2). */

import type { ParseArgsOptionsConfig } from 'node:util'
import type { Page } from '../../ports/page.ts'
import { type ApiClient, ApiError, createApiClient } from './api-client.ts'
import { readArguments, UsageError, unknownCommand, withUsage } from './arguments.ts'
import { plainText } from './plain-text.ts'

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

/** The most that a list of the API gives at once. */
const pageSize = 100

export interface Subcommands {
  usage: string
  options: ParseArgsOptionsConfig
  run: Record<string, (call: Call) => Promise<void>>
}

/** Resolves with the exit code. */
export async function runSubcommand(definition: Subcommands, args: string[]): Promise<number> {
  return withUsage(definition.usage, args, async () => {
    const { values, positionals } = readArguments({
      args,
      allowPositionals: true,
      options: { ...definition.options, json: { type: 'boolean' } },
    })
    const [name, ...rest] = positionals
    const command =
      name !== undefined && Object.hasOwn(definition.run, name) ? definition.run[name] : undefined
    if (command === undefined)
      throw new UsageError(
        name === undefined ? 'Which command?' : unknownCommand(name, Object.keys(definition.run)),
      )
    const json = values.json === true
    const show = (value: unknown, lines: () => string[]): void => {
      process.stdout.write(
        json ? `${JSON.stringify(value, null, 2)}\n` : `${plainText(lines().join('\n'))}\n`,
      )
    }
    const call: Call = {
      // Not every subcommand asks the service.
      get api() {
        return createApiClient()
      },
      positionals: rest,
      values,
      show,
      json,
    }
    return await command(call).then(() => 0, saidByService)
  })
}

/** What the service refuses is one line; other errors are thrown on. */
export function saidByService(error: unknown): number {
  if (!(error instanceof ApiError)) throw error
  process.stderr.write(`${error.message}\n`)
  return 1
}

/** A table whose columns are as wide as their content; `–` marks an empty cell. */
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

/** The single argument of a subcommand. */
export function idOf({ positionals }: Call): string {
  const [id] = positionals
  if (id === undefined) throw new UsageError('Which one? Give its id.')
  return encodeURIComponent(id)
}

/** A list of the API from its begin, page by page, until its end or `limit` is reached. */
export async function listOf<T>(
  { api }: Pick<Call, 'api'>,
  path: string,
  { limit = Number.POSITIVE_INFINITY, ...filter }: Record<string, unknown> & { limit?: number } = {},
): Promise<Page<T>> {
  const data: T[] = []
  let nextCursor: string | null = null
  do {
    const query = new URLSearchParams({ limit: String(Math.min(pageSize, limit - data.length)) })
    for (const [name, value] of Object.entries({ ...filter, cursor: nextCursor }))
      if (value !== undefined && value !== null) query.set(name, String(value))
    const page: Page<T> = await api.call<Page<T>>('GET', `${path}?${query}`)
    data.push(...page.data)
    nextCursor = page.nextCursor
  } while (nextCursor !== null && data.length < limit)
  return { data, nextCursor }
}

/** A text option, or undefined. */
export function optionOf({ values }: Call, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}
