/**
 * `fal-jobs shelf`: the dead-letter list: files that could not be copied, callbacks that were not accepted; requeues
 * them.
 */

import type { DeadLetterView } from '../../jobs/maintenance/manage-dead-letters.ts'
import type { DeadLetter } from '../../ports/maintenance/dead-letters.ts'
import type { Page } from '../../ports/page.ts'
import { UsageError } from '../terminal/arguments.ts'
import { type Call, idOf, listOf, optionOf, runSubcommand, table } from '../terminal/subcommand.ts'

const usage = `Usage: fal-jobs shelf <command> [--json]

  list [--limit N]     what was given up: files of finished jobs that could not be
                       copied, callbacks that were not taken, objects of erased jobs
                       that could not be deleted; with reason, age, size
  requeue <id>         try one again: job_… copies or deletes, cb_… delivers
  requeue --all        the same for everything on the list

  --kind archive|callback|erase   only these
  --all-clients                   of all clients; needs an admin key

Of the client whose key is in FAL_JOBS_KEY.
`

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

async function list(call: Call): Promise<void> {
  const limit = Number(optionOf(call, 'limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit is a whole number from 1.')
  const page = await listOf<DeadLetterView>(call, '/api/shelf', { ...chosen(call), limit })
  call.show(page, () => [
    ...tableOf(page.data),
    ...(page.nextCursor === null ? [] : [`There are more: --limit ${limit * 2}`]),
  ])
}

async function requeue(call: Call): Promise<void> {
  const asked = call.values.all === true ? await requeueAll(call) : [await requeueOne(call)]
  call.show(asked, () => [
    ...table(asked.map(({ id, what }) => [id, what])),
    `${asked.length} ${asked.length === 1 ? 'is' : 'are'} tried again.`,
  ])
}

const requeueOne = (call: Call): Promise<DeadLetterView> =>
  call.api.call<DeadLetterView>('POST', `/api/shelf/${idOf(call)}/requeue`)

/** Pages through the list, so that entries that cannot be requeued do not repeat. */
async function requeueAll(call: Call): Promise<DeadLetterView[]> {
  const asked: DeadLetterView[] = []
  let cursor: string | null = null
  do {
    const body = { ...chosen(call), ...(cursor === null ? {} : { cursor }) }
    const page: Page<DeadLetterView> = await call.api.call<Page<DeadLetterView>>(
      'POST',
      '/api/shelf/requeue',
      body,
    )
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

const tableOf = (items: DeadLetterView[]): string[] =>
  table([
    ['ID', 'CLIENT', 'KIND', 'WHAT', 'AGE', 'SIZE', 'TRIES', 'REASON'],
    ...items.map((item) => [
      item.id,
      item.clientId,
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

function sizeOf(bytes: DeadLetter['bytes']): string | null {
  if (bytes === null) return null
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
