/** `fal-jobs usage`: what jobs cost and made, in groups; with an admin key those of all clients. */
import type { UsageRow } from '../../ports/usage.ts'
import { createApiClient } from '../terminal/api-client.ts'
import { readArguments, withUsage } from '../terminal/arguments.ts'
import { listOf, saidByService, table } from '../terminal/subcommand.ts'

const usage = `Usage: fal-jobs usage [--by GROUPS] [--from TIME] [--to TIME] [--client ID] [--json]

  --by      one or two of hour, day, model, userId, client, kind, status, metadata.<key>; default: day
  --from    jobs created from then on, e.g. 2026-11-01; default: the beginning of this month (UTC)
  --to      jobs created before; default: now
  --client  one client; an admin key sees all without it

Costs are in USD: estimated before the run, billed by FAL, charged to credits. UNKNOWN counts the jobs whose bill FAL
has not reported. \`GET /api/usage\` gives the same as JSON or CSV.
`

/** As the API shows it: each group is a member of its own. */
type Row = Omit<UsageRow, 'groups'> & Record<string, string | number | null>

export const run = (args: string[]): Promise<number> =>
  withUsage(usage, args, async () => {
    const text = { type: 'string' } as const
    const { values } = readArguments({
      args,
      options: { by: text, from: text, to: text, client: text, json: { type: 'boolean' } },
    })
    const groupBy = values.by ?? 'day'
    const asked = { groupBy, from: timeOf(values.from), to: timeOf(values.to), clientId: values.client }
    return await listOf<Row>({ api: createApiClient() }, '/api/usage', asked).then(({ data }) => {
      const lines = values.json === true ? [JSON.stringify({ data }, null, 2)] : tableOf(groupBy, data)
      process.stdout.write(`${lines.join('\n')}\n`)
      return 0
    }, saidByService)
  })

function tableOf(groupBy: string, rows: readonly Row[]): string[] {
  const groups = groupBy.split(',').map((name) => name.trim())
  const head = groups.map((name) => name.toUpperCase())
  return table([
    [...head, 'JOBS', 'FILES', 'MB', 'ESTIMATED', 'BILLED', 'CHARGED', 'UNKNOWN'],
    ...rows.map((row) => [
      ...groups.map((name) => row[name] ?? null),
      row.jobs,
      row.files,
      (row.bytes / 1e6).toFixed(1),
      dollars(row.estimatedMicros),
      dollars(row.actualMicros),
      dollars(row.chargedMicros),
      row.unsettledJobs,
    ]),
  ])
}

const dollars = (micros: number): string => (micros / 1e6).toFixed(4)

/** A day is its first moment in UTC. */
const timeOf = (text: string | undefined): string | undefined =>
  text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text
