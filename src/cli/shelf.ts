/** `fal-jobs shelf`: the dead-letter shelf: files that could not be copied, callbacks that were not taken; asks for them again. */
import type { Shelved } from '../jobs/shelf-ports.ts'
import type { ShelvedView } from '../jobs/use-shelf.ts'
import { type Call, idOf, optionOf, runSubcommand, table, UsageError } from './subcommand.ts'

const usage = `Usage: fal-jobs shelf <command> [--json]

  list [--limit N]     what was given up: files of finished jobs that could not be
                       copied, callbacks that were not taken; with reason, age, size
  requeue <id>         try one again: job_… copies, cb_… delivers
  requeue --all        the same for everything on the shelf

  --kind archive|callback   only these
  --all-clients             of all clients; needs an admin key

Of the client whose key is in FAL_JOBS_KEY.
`

interface Page {
  data: ShelvedView[]
  nextCursor: string | null
}

export const run = (args: string[]): Promise<number> =>
  runSubcommand(
    {
      usage,
      options: {
        limit: { type: 'string' },
        all: { type: 'boolean' },
        kind: { type: 'string' },
        'all-clients': { type: 'boolean' },
      },
      run: { list, requeue },
    },
    args,
  )

const pageSize = 100

async function list(call: Call): Promise<void> {
  const limit = Number(optionOf(call, 'limit') ?? pageSize)
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit is a whole number from 1.')
  const found: ShelvedView[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ limit: String(Math.min(pageSize, limit - found.length)) })
    for (const [name, value] of Object.entries({ ...chosen(call), cursor: cursor ?? undefined }))
      if (value !== undefined) query.set(name, String(value))
    const page: Page = await call.api.call<Page>('GET', `/api/shelf?${query}`)
    found.push(...page.data)
    cursor = page.nextCursor
  } while (cursor !== null && found.length < limit)
  call.show({ data: found, nextCursor: cursor }, () => [
    ...tableOf(found),
    ...(cursor === null ? [] : [`There are more: --limit ${limit * 2}`]),
  ])
}

async function requeue(call: Call): Promise<void> {
  const asked = call.values.all === true ? await requeueAll(call) : [await requeueOne(call)]
  call.show(asked, () => [
    ...table(asked.map(({ id, what }) => [id, what])),
    `${asked.length} ${asked.length === 1 ? 'is' : 'are'} tried again.`,
  ])
}

const requeueOne = (call: Call): Promise<ShelvedView> =>
  call.api.call<ShelvedView>('POST', `/api/shelf/${idOf(call)}/requeue`)

/** Page by page along the shelf, so that what cannot be taken off it does not come again. */
async function requeueAll(call: Call): Promise<ShelvedView[]> {
  const asked: ShelvedView[] = []
  let cursor: string | null = null
  do {
    const body = { ...chosen(call), ...(cursor === null ? {} : { cursor }) }
    const page: Page = await call.api.call<Page>('POST', '/api/shelf/requeue', body)
    asked.push(...page.data)
    cursor = page.nextCursor
  } while (cursor !== null)
  return asked
}

function chosen(call: Call): { kind?: string; allClients?: boolean } {
  const kind = optionOf(call, 'kind')
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(call.values['all-clients'] === true ? { allClients: true } : {}),
  }
}

const tableOf = (items: ShelvedView[]): string[] =>
  table([
    ['ID', 'KIND', 'WHAT', 'AGE', 'SIZE', 'TRIES', 'REASON'],
    ...items.map((item) => [
      item.id,
      item.kind,
      item.what,
      ageOf(item.ageSeconds),
      sizeOf(item.bytes),
      item.tries,
      item.reason,
    ]),
  ])

function ageOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`
}

function sizeOf(bytes: Shelved['bytes']): string | null {
  if (bytes === null) return null
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
