/** A command of this package as a process of its own: what it wrote, how it ended, and whether its database still runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { plainNode } from '../support/plain-node.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Child {
  process: ChildProcess
  exit: Promise<number | null>
  text(): string
  errors(): string
}

export function start(
  command: string,
  args: string[],
  variables: Record<string, string> = {},
  cwd = root,
): Child {
  const path = join(root, `src/cli/dev/${command}.ts`)
  const child = spawn(...plainNode([path, ...args]), { cwd, env: variables })
  const written = { out: '', errors: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    written.out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    written.errors += chunk
  })
  return {
    process: child,
    exit: new Promise((settle) => child.once('close', settle)),
    text: () => written.out,
    errors: () => written.errors,
  }
}

/** Inside the project's own data folder, which the database's user can reach. */
export async function place(t: Test): Promise<string> {
  await mkdir(join(root, '.data'), { recursive: true })
  const dir = await mkdtemp(join(root, '.data/cli-'))
  // As root, the database runs as another user.
  await chmod(dir, 0o755)
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A server that stopped in order removes this file. */
export const isRunning = (dir: string) => existsSync(join(dir, 'postgres/data/postmaster.pid'))

export async function until(done: () => boolean, why = () => ''): Promise<void> {
  for (let tries = 0; !done(); tries++) {
    if (tries > 600) throw new Error(`it did not happen: ${why()}`)
    await sleep(50)
  }
}
