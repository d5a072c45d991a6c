/** `fal-jobs doctor`: tries everything the service depends on, from where it runs, and says what is wrong and what to do. */
import { createInterface } from 'node:readline/promises'
import { ConfigError, readConfig } from '../../config/config.ts'
import { fail } from '../../doctor/check-result.ts'
import { type Check, runChecks } from '../../doctor/doctor.ts'
import { renderMicros } from '../../doctor/render-once.ts'
import { formatUsd } from '../../domain/money/money.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { readArguments, UsageError, withUsage } from '../terminal/arguments.ts'

const usage = `Usage: fal-jobs doctor [--json] [--render [--yes]]

Tests configuration, database, migrations, archive, FAL key, FAL's key set and the public webhook URL.
The service should be running for the last one.
--render  makes one small picture at FAL as well, which costs money: it says how much and asks first
--yes     does not ask
Exit code: 0 all well (warnings allowed), 1 something failed.
`

/** Prints to standard output; resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  return withUsage(usage, args, () => {
    const flag = { type: 'boolean', default: false } as const
    const { values } = readArguments({ args, options: { json: flag, render: flag, yes: flag } })
    return report(values)
  })
}

async function report({
  json,
  render,
  yes,
}: {
  json: boolean
  render: boolean
  yes: boolean
}): Promise<number> {
  const isAgreed = render && (yes || (await isConfirmed(json)))
  const print = json ? null : (check: Check) => void process.stdout.write(lineOf(check))
  const checks = await diagnose(print, isAgreed)
  const ok = checks.every(({ status }) => status !== 'failed')
  if (json) process.stdout.write(`${JSON.stringify({ ok, checks }, null, 2)}\n`)
  else
    process.stdout.write(ok ? '\nNothing stands in the way.\n' : '\nMend what failed and run this again.\n')
  return ok ? 0 : 1
}

/** Whether the operator pays for one picture. */
async function isConfirmed(json: boolean): Promise<boolean> {
  const cost = `--render makes one picture at FAL, for about ${formatUsd(renderMicros)} USD`
  if (json || !process.stdin.isTTY) throw new UsageError(`${cost}: confirm with --yes`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`${cost}. Go on? [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

async function diagnose(print: ((check: Check) => void) | null, isRendering: boolean): Promise<Check[]> {
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
  await runChecks(config, log, report, isRendering)
  return checks
}

const marks = { ok: 'ok  ', warning: 'warn', failed: 'FAIL', skipped: 'skip' }

function lineOf({ name, status, detail, remedy, ms }: Check): string {
  const time = status === 'skipped' || ms === 0 ? '' : ` (${Math.round(ms)} ms)`
  const advice = remedy === null ? '' : `\n                      → ${remedy}`
  return `${marks[status]}  ${name.padEnd(14)}  ${detail}${time}${advice}\n`
}
