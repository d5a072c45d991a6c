/** A container engine for the checks of the image: one that runs, or Docker's daemon as a child of this process; and a base to build on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingPrograms, run, succeeds } from './programs.ts'

export interface Engine {
  /** Speaks Docker's words. */
  command: string
  environment: Record<string, string>
  stop(): Promise<void>
}

export class NoEngine extends Error {}

export const containerPackages = ['docker.io', 'debootstrap']

/** Throws NoEngine with the reason. */
export async function startEngine(): Promise<Engine> {
  for (const command of ['docker', 'podman'])
    if (await succeeds(command, ['info'])) return { command, environment: {}, stop: async () => undefined }
  const lacking = await missingPrograms(['dockerd', 'docker'])
  if (lacking.length > 0) throw new NoEngine('no container engine runs, and dockerd is not installed')
  if (process.getuid?.() !== 0)
    throw new NoEngine('no container engine runs, and only root may start dockerd')
  return startDockerd()
}

async function startDockerd(): Promise<Engine> {
  const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-dockerd-'))
  const socket = `unix://${dir}/socket`
  // Containers use the host's network, so that no rule of the host's firewall is touched.
  const daemon = spawn(
    'dockerd',
    [
      ...['--host', socket, '--data-root', join(dir, 'root'), '--exec-root', join(dir, 'exec')],
      ...['--pidfile', join(dir, 'pid'), '--iptables=false', '--ip6tables=false', '--bridge=none'],
      ...['--default-ulimit', 'nofile=20000:20000'],
    ],
    { stdio: 'ignore' },
  )
  // The command of the daemon's own package: a newer one beside it may not understand it.
  const command = (await succeeds('/usr/bin/docker', ['--version'])) ? '/usr/bin/docker' : 'docker'
  const environment = { DOCKER_HOST: socket }
  const stop = async () => {
    if (daemon.exitCode === null && daemon.signalCode === null) {
      daemon.kill('SIGTERM')
      await once(daemon, 'exit')
    }
    // Layers and network namespaces that it leaves mounted.
    const mounts = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .flatMap((line) => line.split(' ')[1] ?? [])
    for (const mount of mounts.filter((place) => place.startsWith(`${dir}/`)).toReversed())
      await run('umount', [mount])
    await rm(dir, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 150; tries++) {
    if (await succeeds(command, ['--host', socket, 'info'])) return { command, environment, stop }
    if (daemon.exitCode !== null) break
    await sleep(200)
  }
  await stop()
  throw new NoEngine('dockerd does not start here')
}

const baseImage = 'node:26-slim'

/** The image that the Dockerfile builds on: from a registry, else a stand-in of Debian's packages and this checkout's Node. Throws NoEngine. */
export async function provideBase(engine: Engine): Promise<void> {
  const docker = (args: string[], timeout: number) =>
    run(engine.command, args, { timeout, env: { ...process.env, ...engine.environment } })
  const isThere = (args: string[]) =>
    docker(args, 90_000).then(
      () => true,
      () => false,
    )
  if (await isThere(['image', 'inspect', baseImage])) return
  if (await isThere(['pull', baseImage])) return
  if ((await missingPrograms(['debootstrap'])).length > 0 || process.getuid?.() !== 0)
    throw new NoEngine(`${baseImage} cannot be pulled, and a stand-in takes debootstrap as root`)
  const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-base-'))
  try {
    await makeRoot(dir)
    const authorities = process.env.NODE_EXTRA_CA_CERTS
    const settings = ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'CMD ["node"]']
    if (authorities !== undefined) settings.push('ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt')
    const changes = settings.flatMap((setting) => ['--change', setting])
    await run('tar', ['-C', join(dir, 'root'), '-cf', join(dir, 'root.tar'), '.'])
    await docker(['import', ...changes, join(dir, 'root.tar'), baseImage], 120_000)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Debian with what Node needs, the Node that runs this, and the npm that is installed here. */
async function makeRoot(dir: string): Promise<void> {
  const root = join(dir, 'root')
  const include = '--include=ca-certificates,libatomic1'
  await run('debootstrap', ['--variant=minbase', include, 'bookworm', root, await mirror()], {
    timeout: 400_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  const npm = resolve(dirname((await run('readlink', ['-f', await pathOf('npm')])).stdout.trim()), '..')
  await cp(process.execPath, join(root, 'usr/local/bin/node'))
  await mkdir(join(root, 'usr/local/lib/node_modules'), { recursive: true })
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true })
  await run('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm')])
  const authorities = process.env.NODE_EXTRA_CA_CERTS
  if (authorities !== undefined) await cp(authorities, join(root, 'etc/ssl/certs/ca-certificates.crt'))
}

const pathOf = async (program: string): Promise<string> => (await run('which', [program])).stdout.trim()

/** The one that this machine installs from. */
async function mirror(): Promise<string> {
  const { stdout } = await run('sh', [
    '-c',
    "grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1",
  ])
  return stdout.trim() || 'http://deb.debian.org/debian'
}
