#!/usr/bin/env node
/** `fal-jobs <command>`: one entry to everything this package can do; each command is a file that runs when imported or called. */
import { readFile } from 'node:fs/promises'
import { readArguments, unknownCommand, withUsage } from './terminal/arguments.ts'

interface Command {
  about: string
  /** With what follows the command's name; may set the exit code. */
  run(args: string[]): Promise<void>
}

const commands: Record<string, Command> = {
  serve: {
    about: 'Serve the API and run background work (ROLE says which); what `npm start` does.',
    run: (args) => alone('serve', args, async () => (await import('../server.ts')).serve()),
  },
  migrate: {
    about: 'Bring the database up to date and exit.',
    run: async (args) => exitWith(await (await import('./commands/migrate-command.ts')).run(args)),
  },
  simulator: {
    about: 'Run a local FAL for development and tests.',
    // The simulator prints its own help on variables.
    run: async (args) => {
      const run = async () => void (await import('../simulator/main.ts'))
      await (args.includes('--help') ? run() : alone('simulator', args, run))
    },
  },
  jobs: {
    about: 'List, show, watch, cancel and retry jobs of a running service.',
    run: async (args) => exitWith(await (await import('./commands/jobs-command.ts')).run(args)),
  },
  shelf: {
    about: 'What was given up, copies and callbacks: list it, try it again.',
    run: async (args) => exitWith(await (await import('./commands/shelf-command.ts')).run(args)),
  },
  models: {
    about: "List, show and check what is known of FAL's models; straight on the database.",
    run: async (args) => exitWith(await (await import('./commands/models-command.ts')).run(args)),
  },
  archive: {
    about: 'Copy again in bulk, rules of a client, upkeep now; straight on the database.',
    run: async (args) => exitWith(await (await import('./commands/archive-command.ts')).run(args)),
  },
  verify: {
    about: 'Read the archive again and name every file that is not what its job says.',
    run: async (args) => exitWith(await (await import('./commands/verify-command.ts')).run(args)),
  },
  keys: {
    about: 'Make, list and revoke API keys.',
    run: async (args) => exitWith(await (await import('./commands/keys-command.ts')).run(args)),
  },
  clients: {
    about: "A client's weight and limit of jobs at FAL.",
    run: async (args) => exitWith(await (await import('./commands/clients-command.ts')).run(args)),
  },
  usage: {
    about: 'What jobs cost and made, by day, model, user and more.',
    run: async (args) => exitWith(await (await import('./commands/usage-command.ts')).run(args)),
  },
  reconcile: {
    about: 'Compare jobs with FAL, the archive and their tasks; repair with --repair.',
    run: async (args) => exitWith(await (await import('./commands/reconcile-command.ts')).run(args)),
  },
  doctor: {
    about: 'Test everything the service depends on; says what is wrong and what to do.',
    run: async (args) => exitWith(await (await import('./commands/doctor-command.ts')).run(args)),
  },
  openapi: {
    about: 'Print the OpenAPI document.',
    run: async (args) => exitWith(await (await import('./commands/openapi-command.ts')).run(args)),
  },
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  return `Usage: fal-jobs <command> | --version\n\n${lines.join('\n')}\n\nThe configuration comes from the environment and a .env file in this folder; .env.example explains every variable.\n`
}

/** A command that takes no arguments: everything it needs is in the environment. */
async function alone(name: string, args: string[], run: () => Promise<void>): Promise<void> {
  const usage = `Usage: fal-jobs ${name}\n\n${commands[name]?.about}\nThe configuration comes from the environment.\n`
  const start = async () => {
    readArguments({ args, options: {} })
    await run()
    return 0
  }
  exitWith(await withUsage(usage, args, start))
}

function exitWith(code: number): void {
  // A command may already have set another exit code.
  if (code !== 0) process.exitCode = code
}

/** As `npm start` has it: what is set already wins, and there need be no such file. */
function readEnvFile(): void {
  try {
    process.loadEnvFile()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return
    process.stderr.write(`.env in ${process.cwd()} cannot be read (${code ?? error}).\n`)
    process.exit(1)
  }
}

/** The version of this package and of what runs it. */
async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const described: unknown = JSON.parse(text)
  const known = typeof described === 'object' && described !== null && 'version' in described
  return `fal-jobs ${known ? String(described.version) : 'unknown'} (Node ${process.version})\n`
}

// `fal-jobs jobs list | head`: the reader closed the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

const [name = 'help'] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (['--version', '-v', 'version'].includes(name)) {
  process.stdout.write(await version())
} else if (command === undefined) {
  const isHelp = ['help', '--help', '-h'].includes(name)
  if (!isHelp) process.stderr.write(`${unknownCommand(name, Object.keys(commands))}\n\n`)
  process.stdout.write(usage())
  process.exitCode = isHelp ? 0 : 2
} else {
  readEnvFile()
  try {
    await command.run(process.argv.slice(3))
  } catch (error) {
    // Imported here, because loading the configuration is slow.
    const { plainFailure } = await import('../process/plain-failure.ts')
    process.stderr.write(plainFailure(`fal-jobs ${name} failed`, error))
    process.exit(1)
  }
}
