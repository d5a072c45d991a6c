/**
 * `fal-jobs archive`: requeues dead-lettered copies, shows and changes a client's settings, runs the archive
 * maintenance now.
 */
import type { ClientPolicy } from '../../ports/client-policies.ts'
import { readArguments, UsageError, unknownCommand, withUsage } from '../terminal/arguments.ts'
import { plainText } from '../terminal/plain-text.ts'
import { withServices } from '../terminal/with-services.ts'
import { checkedId, filterOptions, filterUsage, readFilter } from './archive-filter.ts'

const usage = `Usage: fal-jobs archive requeue [options]
       fal-jobs archive policy CLIENT [options]
       fal-jobs archive sweep [--json]

requeue  Copies jobs again that are on the dead-letter list.
${filterUsage}
  --status failed    or disabled: jobs that wanted no copy (default: failed)
  --limit N          at most so many
  --json             one JSON object a line

policy   Shows, and with options changes, what a client (cli_…) decides about its archive.
  --archive on|off               whether jobs are archived that do not say
  --keep-media-days N|always     age after which files are erased
  --keep-content-days N|always   age after which prompts, inputs and results are erased
  --keep-jobs-days N|always      age after which all but a tombstone is erased
  --json                         nothing else: it is always JSON

sweep    Removes leftovers of killed processes and erases what is too old, as the service does every hour.

Exit code: 0 done, 1 it failed, 2 wrong usage.
`

/** Resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  const [verb = '', ...rest] = args
  return withUsage(usage, args, async () => {
    if (verb === 'requeue') await requeue(rest)
    else if (verb === 'policy') await policy(rest)
    else if (verb === 'sweep') await sweep(rest)
    else
      throw new UsageError(
        unknownCommand(`archive ${verb}`, ['archive requeue', 'archive policy', 'archive sweep']),
      )
    return 0
  })
}

async function requeue(args: string[]): Promise<void> {
  const options = {
    ...filterOptions,
    status: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  } as const
  const { values } = readArguments({ args, options })
  const { status = 'failed' } = values
  if (status !== 'failed' && status !== 'disabled')
    throw new UsageError(`--status: "${status}" is not failed or disabled`)
  const filter = { ...readFilter(values), statuses: [status] as const }
  const limit = values.limit === undefined ? {} : { limit: whole(values.limit, '--limit') }
  const { json = false } = values
  const asked = await withServices(({ jobs }) =>
    jobs.archive.rearchive({ ...filter, ...limit }, ({ id }) => print(json ? JSON.stringify({ id }) : id)),
  )
  print(
    json
      ? JSON.stringify({ jobs: asked })
      : asked === 1
        ? '1 job is copied again'
        : `${asked} jobs are copied again`,
  )
}

async function sweep(args: string[]): Promise<void> {
  const { values } = readArguments({ args, options: { json: { type: 'boolean' } } })
  await withServices(({ jobs }) => jobs.archive.maintainArchive())
  print(values.json === true ? JSON.stringify({ swept: true }) : 'Swept.')
}

async function policy(args: string[]): Promise<void> {
  const { values, positionals } = readArguments({
    args,
    allowPositionals: true,
    options: {
      archive: { type: 'string' },
      'keep-media-days': { type: 'string' },
      'keep-content-days': { type: 'string' },
      'keep-jobs-days': { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const [client = ''] = positionals
  const clientId = checkedId('cli', client, 'CLIENT')
  const change: Partial<ClientPolicy> = {}
  if (values.archive !== undefined) change.archiveByDefault = onOff(values.archive)
  const media = values['keep-media-days']
  if (media !== undefined) change.keepMediaDays = days(media, '--keep-media-days')
  const content = values['keep-content-days']
  if (content !== undefined) change.keepContentDays = days(content, '--keep-content-days')
  const jobs = values['keep-jobs-days']
  if (jobs !== undefined) change.keepJobsDays = days(jobs, '--keep-jobs-days')
  const now = await withServices(({ jobs }) => jobs.archive.policies.change(clientId, change))
  if (now === null) throw new UsageError(`CLIENT: there is no client ${clientId}`)
  print(JSON.stringify(now, null, 2))
}

function onOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw new UsageError(`--archive: "${text}" is not on or off`)
}

const days = (text: string, name: string): number | null => (text === 'always' ? null : whole(text, name))

function whole(text: string, name: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UsageError(`${name}: "${text}" is not a whole number from 1`)
}

const print = (text: string): void => void process.stdout.write(`${plainText(text)}\n`)
