/** Runs `fal-jobs <args>` as a process of its own, as an operator would, and gives back what it said. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { plainNode } from './plain-node.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

/** `environment` is all it has, and the `.env` of `cwd`: in the default there is none. */
export async function runCommand(
  args: readonly string[],
  environment: Record<string, string>,
  cwd = import.meta.dirname,
): Promise<CommandResult> {
  const child = spawn(...plainNode(['--no-warnings', main, ...args]), {
    cwd,
    env: { PATH: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
