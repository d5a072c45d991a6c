/** `fal-jobs reconcile`: names everything that does not fit between jobs, FAL's requests and the archive, and repairs it on request. */
import { parseArgs } from 'node:util'
import { withServices } from './with-services.ts'

const usage = `Usage: fal-jobs reconcile [--repair] [--no-archive] [--mass-loss] [--json]

Compares jobs with their tasks, with FAL's requests, with webhooks nobody claimed, with the credits they reserved and
with the objects in the archive, both ways. Names what does not fit, one line each.

  --repair       do what the service would do in time: schedule, ask FAL, join, settle, copy again; delete objects of what
                 was erased, move objects that no job knows below set-aside/ (what is another installation's is left)
  --no-archive   do not compare with the archive's objects
  --mass-loss    copy files again even when most of the archive is missing, which else is taken for a wrong bucket
  --json         one JSON object a line

Exit code: 0 nothing to do or all repaired, 1 something was found and left as it is, 2 wrong usage.
`

/** Resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  const options = read(args)
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${usage}`)
    return 2
  }
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const { repair, json, archive, 'mass-loss': massLoss } = options
  const findings = await withServices(({ reconcile }) =>
    reconcile({ repair, archive, massLoss }, (finding) => {
      const { kind, subject, what } = finding
      process.stdout.write(json ? `${JSON.stringify(finding)}\n` : `${kind.padEnd(18)} ${subject}  ${what}\n`)
    }),
  )
  const left = findings.filter(({ repaired }) => !repaired).length
  if (!json) process.stdout.write(`${summary(findings.length, left, repair)}\n`)
  return left > 0 ? 1 : 0
}

function summary(found: number, left: number, repair: boolean): string {
  if (found === 0) return 'Everything fits.'
  if (!repair) return `${found} found; --repair repairs them.`
  return left === 0 ? `${found} repaired.` : `${found - left} repaired, ${left} left as they are.`
}

function read(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        repair: { type: 'boolean', default: false },
        archive: { type: 'boolean', default: true },
        'mass-loss': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
