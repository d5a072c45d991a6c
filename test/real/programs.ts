/** Other programs that `npm run test:real` needs: whether they are there, and their installation from Debian's packages. */
import { execFile } from 'node:child_process'
import { access, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export const run = promisify(execFile)

const installWithinMs = 240_000

export async function missingPrograms(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => succeeds('which', [name])))
  return names.filter((_, at) => found[at] === false)
}

export const succeeds = (program: string, args: readonly string[], timeout = 60_000): Promise<boolean> =>
  run(program, [...args], { timeout }).then(
    () => true,
    () => false,
  )

/** null when they are there; else why not. Their services are not started, as in an image. */
export async function installed(packages: readonly string[]): Promise<string | null> {
  const guard = '/usr/sbin/policy-rc.d'
  const isGuarded = await access(guard).then(
    () => true,
    () => false,
  )
  const options = {
    timeout: installWithinMs,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  }
  const install = () =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options)
  try {
    if (!isGuarded) await writeFile(guard, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    await install().catch(async () => {
      await run('apt-get', ['update', '-qq'], options)
      await install()
    })
    return null
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    return `${packages.join(', ')} could not be installed: ${said.trim().split('\n').at(-1)}`
  } finally {
    if (!isGuarded) await rm(guard, { force: true })
  }
}
