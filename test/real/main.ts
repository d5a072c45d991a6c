/**
 * `npm run test:real`: what the suite's stand-ins cannot show. Starts Ceph's S3 gateway from Debian's packages and runs the archive
 * against it; builds the image with a container engine and runs it as a strict platform does. What cannot be had is skipped
 * with the reason; the exit code is that of the first part that failed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { containerPackages, NoEngine, provideBase, startEngine } from './container-engine.ts'
import { installed, missingPrograms, run } from './programs.ts'
import { radosgwPackages, startRadosgw } from './radosgw.ts'

const usage = `Usage: npm run test:real [-- options]

Runs the archive against Ceph's radosgw, which it starts from Debian's packages, and builds the image and runs it restricted,
by the container engine that runs (else it starts dockerd, as root).

--only bucket|image   that part alone
--install             installs what is missing (root, apt-get); services stay off
`

const { values } = parseArgs({
  options: {
    install: { type: 'boolean', default: false },
    only: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const parts = { bucket: checkBucket, image: checkImage }
const ending = new AsyncDisposableStack()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void ending.disposeAsync().finally(() => process.exit(1)))

if (values.help === true) process.stdout.write(usage)
else if (values.only !== undefined && !Object.hasOwn(parts, values.only)) {
  process.stderr.write(usage)
  process.exitCode = 2
} else {
  for (const [name, check] of Object.entries(parts)) {
    if (values.only !== undefined && values.only !== name) continue
    const code = await check()
    if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = code
  }
  await ending.disposeAsync()
}

async function checkBucket(): Promise<number> {
  const skip = skips('the archive against a real S3 server')
  const lacking = await missingPrograms(['radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'radosgw-admin'])
  if (lacking.length > 0) {
    if (!values.install)
      return skip(
        `${lacking.join(', ')} not found: apt-get install ${radosgwPackages.join(' ')}, or --install`,
      )
    const failed = await installed(radosgwPackages)
    if (failed !== null) return skip(failed)
  }
  const gateway = await startRadosgw()
  ending.defer(() => gateway.stop())
  const owner = await gateway.createUser('owner')
  const guest = { ...(await gateway.createUser('guest')), arn: 'arn:aws:iam:::user/guest' }
  return tap('test/real/bucket.checks.ts', { REAL_STORE: { endpoint: gateway.endpoint, owner, guest } })
}

async function checkImage(): Promise<number> {
  const skip = skips('the image, built and run')
  try {
    if (values.install) {
      const failed = await installed(containerPackages)
      if (failed !== null) return skip(failed)
    }
    const engine = await startEngine()
    ending.defer(() => engine.stop())
    await provideBase(engine)
    const image = 'fal-jobs-real'
    await run(engine.command, ['build', '--network', 'host', '--tag', image, '.'], {
      env: { ...process.env, ...engine.environment },
      timeout: 600_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    const { command, environment } = engine
    return await tap('test/real/container.checks.ts', { REAL_ENGINE: { command, environment, image } })
  } catch (error) {
    if (error instanceof NoEngine) return skip(error.message)
    throw error
  }
}

async function tap(file: string, given: Record<string, object>): Promise<number> {
  const handed = Object.entries(given).map(([name, value]) => [name, JSON.stringify(value)])
  const child = spawn('tap', ['--disable-coverage', '--allow-empty-coverage', '--timeout=300', file], {
    stdio: 'inherit',
    env: { ...process.env, ...Object.fromEntries(handed) },
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? 1
}

/** Nothing failed, but nothing was shown either. */
function skips(what: string) {
  return (why: string): number => {
    console.log(`skipped: ${what}: ${why}`)
    return 0
  }
}
