/**
 * `fal-jobs reconcile`: reports every inconsistency between jobs, FAL's requests and the archive, and repairs it on
 * request.
 */
import { type Finding, NotComparedError } from '../../jobs/maintenance/reconcile.ts'
import { readArguments, withUsage } from '../terminal/arguments.ts'
import { plainText } from '../terminal/plain-text.ts'
import { withServices } from '../terminal/with-services.ts'

const usage = `Usage: fal-jobs reconcile [--repair] [--no-archive] [--mass-loss] [--json]

Compares jobs with their tasks, with FAL's requests, with unmatched webhooks, with the credits they reserved and
with the objects in the archive, both ways. Names what does not fit, one line each.

  --repair       do what the service would do in time: schedule, ask FAL, join, settle, copy again; delete objects of what
                 was erased, move objects that no job knows below set-aside/ (what is another installation's is left)
  --no-archive   do not compare with the archive's objects
  --mass-loss    copy files again even when most of the archive is missing, which else is taken for a wrong bucket
  --json         one JSON object a line, the last with the counts

Exit code: 0 nothing to repair or all repaired, 1 something was found and left as it is or could not be compared, 2 wrong usage.
What belongs to another installation is reported and counts for nothing.
`

/** Resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  return withUsage(usage, args, async () => {
    const options = {
      repair: { type: 'boolean', default: false },
      archive: { type: 'boolean', default: true },
      'mass-loss': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    } as const
    return await compare(readArguments({ args, allowNegative: true, options }).values)
  })
}

interface Options {
  repair: boolean
  archive: boolean
  'mass-loss': boolean
  json: boolean
}

async function compare({ repair, json, archive, 'mass-loss': massLoss }: Options): Promise<number> {
  let found = 0
  let left = 0
  const report = (finding: Finding): void => {
    const { kind, subject, what, repaired } = finding
    // Objects of another installation are left as they are by design.
    if (kind !== 'foreign_objects') {
      found += 1
      if (!repaired) left += 1
    }
    process.stdout.write(
      json ? `${JSON.stringify(finding)}\n` : `${kind.padEnd(18)} ${subject}  ${plainText(what)}\n`,
    )
  }
  const sumUp = (notCompared: readonly string[]): void => {
    const counts = { found, repaired: found - left, left, notCompared }
    process.stdout.write(`${json ? JSON.stringify(counts) : summary(counts, repair)}\n`)
  }
  try {
    await withServices(({ worker }) => worker.reconcile({ repair, archive, massLoss }, report))
  } catch (error) {
    if (error instanceof NotComparedError) sumUp(error.parts)
    throw error
  }
  sumUp([])
  return left > 0 ? 1 : 0
}

interface Counts {
  found: number
  repaired: number
  left: number
  notCompared: readonly string[]
}

function summary({ found, repaired, left, notCompared }: Counts, repair: boolean): string {
  if (found === 0)
    return notCompared.length === 0 ? 'Everything fits.' : 'Nothing found in what could be compared.'
  if (!repair) return `${found} found; --repair repairs them.`
  return left === 0 ? `${found} repaired.` : `${repaired} repaired, ${left} left as they are.`
}
