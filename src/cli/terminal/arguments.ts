/**
 * What stands behind a command's name, read by parseArgs; a mistake is reported in one sentence with a suggestion.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { closestName } from '../../domain/closest-name.ts'

/** Wrong usage; the message explains it. Exit code 2. */
export class UsageError extends Error {}

/** Throws UsageError. */
export function readArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error
    const code = String(error.code)
    if (!code.startsWith('ERR_PARSE_ARGS')) throw error
    const [, name] = /^Unknown option '(-[^']*)'/.exec(error.message) ?? []
    throw new UsageError(name === undefined ? error.message : unknownOption(name, config))
  }
}

function unknownOption(name: string, { options = {} }: ParseArgsConfig): string {
  const meant = closestName(name.replace(/^-+/, ''), Object.keys(options))
  return `There is no option ${name}${meant === null ? '' : `; did you mean --${meant}?`}`
}

/**
 * The frame of a command: --help prints its usage (exit code 0), a usage error is reported together with the usage
 * (2).
 */
export async function withUsage(usage: string, args: string[], run: () => Promise<number>): Promise<number> {
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (options.includes('--help') || options.includes('-h')) {
    process.stdout.write(usage)
    return 0
  }
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}`)
    return 2
  }
}

/** A subcommand's or command's name that does not exist, with the nearest of those that do. */
export function unknownCommand(name: string, known: readonly string[]): string {
  const meant = closestName(name, known)
  return `There is no command "${name}"${meant === null ? '' : `; did you mean "${meant}"?`}`
}
