/**
 * `fal-jobs models`: what is known of FAL's models: lists and shows them, compares them with FAL, reads FAL's list again, and
 * keeps one at a version. Works straight on the database.
 */
import { AppError } from '../../domain/errors.ts'
import type { ModelDifference } from '../../jobs/models/check-models.ts'
import { diffFacts } from '../../models/document/diff-facts.ts'
import { readFacts } from '../../models/document/facts-text.ts'
import type { ModelVersion } from '../../ports/model-store.ts'
import type { Services } from '../../services.ts'
import { readArguments, UsageError, unknownCommand, withUsage } from '../terminal/arguments.ts'
import { table } from '../terminal/subcommand.ts'
import { withServices } from '../terminal/with-services.ts'

const usage = `Usage: fal-jobs models list [WORDS…] [--kind K] [--task T] [--source catalogue|fal] [--availability A] [--limit N]
       fal-jobs models show ID
       fal-jobs models check [ID…]
       fal-jobs models diff ID [--from N] [--to N]
       fal-jobs models sync [--documents]
       fal-jobs models pin ID [--version N | --no-document | --release]

list     Every known model: the catalogue, then FAL's other endpoints by their ids.
show     One model by alias or endpoint id: limits, price, version.
check    Compares the models in use, or those named, with what FAL publishes now. Changes nothing.
diff     The differences between two kept versions of a model's document (default: the last two).
sync     Reads FAL's list of models again; with --documents every document and price as well.
pin      Keeps a model at a version (default: the one in use), without any document, or lets it follow FAL again.
  --json Print JSON.

Exit code: 0 done and nothing differs, 1 check found a difference or a command failed, 2 wrong usage.
`

type Models = Services['jobs']['models']

interface Call {
  models: Models
  positionals: string[]
  values: Record<string, string | boolean | undefined>
  print: (value: unknown, lines: () => string[]) => void
}

const options = {
  kind: { type: 'string' },
  task: { type: 'string' },
  source: { type: 'string' },
  availability: { type: 'string' },
  limit: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  documents: { type: 'boolean' },
  version: { type: 'string' },
  'no-document': { type: 'boolean' },
  release: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

const subcommands: Record<string, (call: Call) => Promise<number>> = { list, show, check, diff, sync, pin }

/** Resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  return withUsage(usage, args, async () => {
    const { values, positionals } = readArguments({ args, allowPositionals: true, options })
    const [name = '', ...rest] = positionals
    const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (subcommand === undefined)
      throw new UsageError(
        unknownCommand(
          `models ${name}`,
          Object.keys(subcommands).map((one) => `models ${one}`),
        ),
      )
    if (['show', 'diff', 'pin'].includes(name) && rest.length !== 1)
      throw new UsageError(`models ${name} takes one alias or endpoint id`)
    const print: Call['print'] = (value, lines) =>
      void process.stdout.write(
        values.json === true ? `${JSON.stringify(value, null, 2)}\n` : `${lines().join('\n')}\n`,
      )
    return withServices(({ jobs }) =>
      subcommand({ models: jobs.models, positionals: rest, values, print }),
    ).catch(unknownModel)
  })
}

async function list({ models, positionals, values, print }: Call): Promise<number> {
  const { kind, task, source, availability } = values
  const filter = {
    q: positionals.join(' '),
    kind: text(kind),
    task: text(task),
    source: text(source),
    availability: text(availability),
  }
  const page = await models.directory.list(filter, {
    after: undefined,
    limit: whole(values.limit, '--limit') ?? 10_000,
  })
  const found = page?.models ?? []
  const row = (model: (typeof found)[number]) => [
    model.alias,
    model.kind,
    model.task,
    model.availability,
    model.version === null ? '–' : `v${model.version}`,
    model.price?.rule ?? '–',
  ]
  print(found, () => [
    ...table([['model', 'kind', 'task', 'availability', 'version', 'price'], ...found.map(row)]),
    `${found.length} models`,
  ])
  return 0
}

async function show({ models, positionals, print }: Call): Promise<number> {
  const model = await models.directory.describe(positionals[0] ?? '')
  print(model, () => [
    `${model.alias} — ${model.title}`,
    `endpoint      ${model.endpointId}`,
    `makes         ${model.kind} (${model.task}), ${model.availability}${model.successor === undefined ? '' : `; use ${model.successor}`}`,
    `described by  ${model.source}, ${model.version === null ? 'no document of FAL' : `version ${model.version} of FAL's document`}`,
    `price         ${model.price === null ? 'unknown' : `${model.price.rule} (${model.price.confidence}, as of ${model.price.asOf ?? 'unknown'})`}`,
    '',
    ...table([
      ['parameter', "FAL's field", 'required', 'limits'],
      ...Object.entries(model.limits).map(([param, limits]) => {
        const { field = '', required = false, ...range } = limits ?? {}
        return [param, field, required ? 'yes' : '', JSON.stringify(range).slice(1, -1)]
      }),
    ]),
  ])
  return 0
}

async function check({ models, positionals, print }: Call): Promise<number> {
  const differences: ModelDifference[] = []
  const { checked, silent } = await models.checkModels(
    positionals.length === 0 ? null : positionals.map((name) => models.endpointOf(name)),
    (difference) => differences.push(difference),
  )
  print({ checked, differences, silent }, () => [
    ...differences.map(
      ({ endpointId, field, from, to }) => `${endpointId} ${field}: ${short(from)} → ${short(to)}`,
    ),
    ...silent.map(({ endpointId, reason }) => `${endpointId}: FAL did not answer (${reason})`),
    `${checked} models checked, ${differences.length} differences, ${silent.length} without an answer`,
  ])
  return differences.length === 0 && silent.length < Math.max(checked, 1) ? 0 : 1
}

async function diff({ models, positionals, values, print }: Call): Promise<number> {
  const endpointId = models.endpointOf(positionals[0] ?? '')
  const versions = await models.store.versions(endpointId, 50)
  const to = pick(versions, whole(values.to, '--to') ?? versions[0]?.version, endpointId)
  const older = versions.find(({ version }) => version < to.version)?.version
  const from = pick(versions, whole(values.from, '--from') ?? older, endpointId)
  const changes = diffFacts(readFacts(from.facts), readFacts(to.facts))
  print({ endpointId, from: from.version, to: to.version, changes }, () => [
    `${endpointId}: version ${from.version} (${dayOf(from)}) → ${to.version} (${dayOf(to)})`,
    ...changes.map((change) => `${change.pointer}: ${short(change.from)} → ${short(change.to)}`),
  ])
  return 0
}

async function sync({ models, values, print }: Call): Promise<number> {
  const onPage = (read: number) => void process.stderr.write(`${read} models read\n`)
  const { listed, changed, trouble } = await models.syncModels({
    allDocuments: values.documents === true,
    onPage,
  })
  print({ listed, changed, trouble }, () => [
    ...changed.map((endpointId) => `new version: ${endpointId}`),
    trouble === null ? `${listed} models read` : `${listed} models read, then FAL's list ended: ${trouble}`,
  ])
  return trouble === null ? 0 : 1
}

async function pin({ models, positionals, values, print }: Call): Promise<number> {
  const endpointId = models.endpointOf(positionals[0] ?? '')
  const { release = false, 'no-document': noDocument = false } = values
  const wanted = whole(values.version, '--version')
  if ([release, noDocument, wanted !== undefined].filter(Boolean).length > 1)
    throw new UsageError('--version, --no-document and --release exclude each other')
  if (wanted !== undefined) pick(await models.store.versions(endpointId, 50), wanted, endpointId)
  const version =
    noDocument === true ? null : (wanted ?? (await models.store.read(endpointId))?.version ?? null)
  const kept = await models.store.pin(endpointId, release === true ? null : { version })
  print(kept === null ? null : { endpointId, pinned: kept.pinned, version: kept.version }, () => [
    kept === null
      ? `${endpointId} is not known; nothing was changed`
      : `${endpointId} ${kept.pinned ? 'stays at' : 'follows FAL again from'} ${kept.version === null ? 'no document' : `version ${kept.version}`}`,
  ])
  return kept === null ? 1 : 0
}

function pick(
  versions: readonly ModelVersion[],
  wanted: number | undefined,
  endpointId: string,
): ModelVersion {
  const found = versions.find(({ version }) => version === wanted)
  if (found !== undefined) return found
  const known = versions.map(({ version }) => version).join(', ') || 'none'
  throw new UsageError(
    wanted === undefined
      ? `${endpointId} has no two versions to compare; kept: ${known}`
      : `${endpointId} has no version ${wanted}; kept: ${known}`,
  )
}

/** An alias or endpoint id that does not exist is one line, as everywhere. */
function unknownModel(error: unknown): number {
  if (!(error instanceof AppError) || error.code !== 'UNKNOWN_MODEL') throw error
  process.stderr.write(`${error.message}\n`)
  return 1
}

const dayOf = ({ readAt }: ModelVersion) => new Date(readAt).toISOString().slice(0, 10)
const text = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined)

function short(value: unknown): string {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value)
  return shown.length > 120 ? `${shown.slice(0, 117)}…` : shown
}

function whole(value: string | boolean | undefined, name: string): number | undefined {
  if (typeof value !== 'string') return undefined
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value)
  throw new UsageError(`${name}: "${value}" is not a whole number above 0`)
}
