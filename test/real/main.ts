/**
 * `npm run test:real`: what the suite's small bucket cannot show. Starts Ceph's S3 gateway from Debian's packages and runs the
 * archive against it. What cannot be had is skipped with the reason; the exit code is that of what ran.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, rm, writeFile } from 'node:fs/promises'
import { parseArgs, promisify } from 'node:util'
import { radosgwPackages, startRadosgw } from './radosgw.ts'

const run = promisify(execFile)
const usage = `Usage: npm run test:real [-- --install]

Runs the archive against Ceph's radosgw, which it starts from Debian's packages.
--install   installs what is missing (root, apt-get); services stay off.
`
const installWithinMs = 240_000

const { values } = parseArgs({ options: { install: { type: 'boolean' }, help: { type: 'boolean' } } })
if (values.help === true) process.stdout.write(usage)
else process.exitCode = await checkBucket(values.install === true)

async function checkBucket(install: boolean): Promise<number> {
  const lacking = await missingPrograms(['radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'radosgw-admin'])
  if (lacking.length > 0) {
    if (!install)
      return skipped(
        `${lacking.join(', ')} not found: apt-get install ${radosgwPackages.join(' ')}, or --install`,
      )
    const failed = await installed(radosgwPackages)
    if (failed !== null) return skipped(failed)
  }
  const gateway = await startRadosgw()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void gateway.stop().finally(() => process.exit(1)))
  try {
    const owner = await gateway.createUser('owner')
    const guest = { ...(await gateway.createUser('guest')), arn: 'arn:aws:iam:::user/guest' }
    const REAL_STORE = JSON.stringify({ endpoint: gateway.endpoint, owner, guest })
    const files = ['test/real/bucket.checks.ts']
    const tap = spawn('tap', ['--disable-coverage', '--allow-empty-coverage', '--timeout=300', ...files], {
      stdio: 'inherit',
      env: { ...process.env, REAL_STORE },
    })
    const [code] = (await once(tap, 'close')) as [number | null]
    return code ?? 1
  } finally {
    await gateway.stop()
  }
}

/** Nothing failed, but nothing was shown either. */
function skipped(why: string): number {
  console.log(`skipped: the archive against a real S3 server: ${why}`)
  return 0
}

async function missingPrograms(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map((name) =>
      run('which', [name]).then(
        () => true,
        () => false,
      ),
    ),
  )
  return names.filter((_, at) => found[at] === false)
}

/** null when they are there; else why not. Their services are not started, as in an image. */
async function installed(packages: readonly string[]): Promise<string | null> {
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
