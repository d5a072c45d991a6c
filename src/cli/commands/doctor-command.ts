/** `fal-jobs doctor`: tries everything the service depends on, from where it runs, and says what is wrong and what to do. */
import { ConfigError, readConfig } from '../../config/config.ts'
import { fail } from '../../doctor/check-result.ts'
import { type Check, runChecks } from '../../doctor/doctor.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { readArguments, withUsage } from '../terminal/arguments.ts'

const usage = `Usage: fal-jobs doctor [--json]

Tests configuration, database, migrations, archive, FAL key, FAL's key set and the public webhook URL.
The service should be running for the last one. Exit code: 0 all well (warnings allowed), 1 something failed.
`

/** Prints to standard output; resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  return withUsage(usage, args, () => {
    const { values } = readArguments({ args, options: { json: { type: 'boolean', default: false } } })
    return tell(values.json)
  })
}

async function tell(json: boolean): Promise<number> {
  const print = json ? null : (check: Check) => void process.stdout.write(lineOf(check))
  const checks = await diagnose(print)
  const ok = checks.every(({ status }) => status !== 'failed')
  if (json) process.stdout.write(`${JSON.stringify({ ok, checks }, null, 2)}\n`)
  else
    process.stdout.write(ok ? '\nNothing stands in the way.\n' : '\nMend what failed and run this again.\n')
  return ok ? 0 : 1
}

async function diagnose(print: ((check: Check) => void) | null): Promise<Check[]> {
  const checks: Check[] = []
  const report = (check: Check) => {
    checks.push(check)
    print?.(check)
  }
  let config: ReturnType<typeof readConfig>
  try {
    config = readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) {
      report({
        name: 'configuration',
        ...fail(problem, 'Set it as described in the README ("Configuration").'),
        ms: 0,
      })
    }
    return checks
  }
  report({ name: 'configuration', status: 'ok', detail: 'every variable is valid', remedy: null, ms: 0 })
  const log = createLogger({ level: 'silent', secrets: [] })
  await runChecks(config, log, report)
  return checks
}

const marks = { ok: 'ok  ', warning: 'warn', failed: 'FAIL', skipped: 'skip' }

function lineOf({ name, status, detail, remedy, ms }: Check): string {
  const time = status === 'skipped' || ms === 0 ? '' : ` (${Math.round(ms)} ms)`
  const advice = remedy === null ? '' : `\n                      → ${remedy}`
  return `${marks[status]}  ${name.padEnd(14)}  ${detail}${time}${advice}\n`
}
