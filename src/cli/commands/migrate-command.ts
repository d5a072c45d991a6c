/** `fal-jobs migrate`: brings the database up to date and says what that took; any number may do it at once. */
import { migrateFromEnvironment } from '../../migrate.ts'
import { readArguments, withUsage } from '../terminal/arguments.ts'

const usage = `Usage: fal-jobs migrate [--json]

Brings the database of DATABASE_URL (or the embedded one of DATA_DIR) up to date: what the service does at every start.
Safe while replicas serve, and to run again.

  --json   {"applied": [names]} on standard output, the log on standard error

Exit code: 0 up to date, 1 it failed, 2 wrong usage.
`

/** Resolves with the exit code. */
export const run = (args: string[]): Promise<number> =>
  withUsage(usage, args, async () => {
    const { json } = readArguments({ args, options: { json: { type: 'boolean', default: false } } }).values
    const applied = await migrateFromEnvironment(json ? process.stderr : undefined)
    if (json) process.stdout.write(`${JSON.stringify({ applied })}\n`)
    return 0
  })
