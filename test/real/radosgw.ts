/** Ceph's S3 gateway with one monitor and one store in memory, as children of this process: gone when it stops. */
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../support/free-port.ts'

const run = promisify(execFile)

export interface Radosgw {
  /** e.g. http://127.0.0.1:7480 */
  endpoint: string
  /** Makes an account that may make buckets. */
  createUser(name: string): Promise<{ accessKeyId: string; secretAccessKey: string }>
  stop(): Promise<void>
}

/** What it takes of Debian's packages. */
export const radosgwPackages = ['radosgw', 'ceph-mon', 'ceph-osd']
const startWithinMs = 90_000

/** Rejects with the end of the log of what did not start. */
export async function startRadosgw(): Promise<Radosgw> {
  await using started = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-radosgw-'))
  started.defer(() => rm(dir, { recursive: true, force: true }))
  const [monitorPort, port] = [await freePort(), await freePort()]
  const conf = join(dir, 'ceph.conf')
  const fsid = randomUUID()
  await writeFile(conf, configuration({ dir, fsid, monitorPort, port }))
  for (const part of ['run', 'log', 'mon', 'osd', 'rgw']) await mkdir(join(dir, part))
  await makeKeys(dir)
  const map = join(dir, 'monmap')
  const monitor = `[v2:127.0.0.1:${monitorPort}]`
  await run('monmaptool', ['--create', '--clobber', '--fsid', fsid, '--addv', 'a', monitor, map])
  const keyring = join(dir, 'keyring')
  await run('ceph-mon', ['--conf', conf, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring])

  const daemon = (name: string, args: string[]) => {
    const child = spawn(name, ['--conf', conf, '-f', ...args], { stdio: 'ignore' })
    started.defer(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      // Nothing it holds is to be kept.
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
  }
  const ceph = (...args: string[]) => run('ceph', ['--conf', conf, '--connect-timeout', '30', ...args])
  daemon('ceph-mon', ['-i', 'a'])
  await ceph('auth', 'import', '-i', keyring)
  const store = randomUUID()
  await ceph('osd', 'new', store)
  await run('ceph-osd', ['--conf', conf, '-i', '0', '--mkfs', '--osd-uuid', store])
  daemon('ceph-osd', ['-i', '0'])
  await ceph('osd', 'crush', 'add', 'osd.0', '1', 'root=default', 'host=here')
  daemon('radosgw', ['-n', 'client.rgw.a'])
  const endpoint = `http://127.0.0.1:${port}`
  await answers(endpoint, join(dir, 'log'))

  const all = started.move()
  return {
    endpoint,
    async createUser(name) {
      const [access, secret] = [`ACCESS${name}`, `secret-of-${name}-0123456789`]
      const keys = ['--access-key', access, '--secret-key', secret]
      await run('radosgw-admin', [
        '--conf',
        conf,
        'user',
        'create',
        '--uid',
        name,
        '--display-name',
        name,
        ...keys,
      ])
      return { accessKeyId: access, secretAccessKey: secret }
    },
    stop: () => all.disposeAsync(),
  }
}

async function makeKeys(dir: string): Promise<void> {
  const keyring = join(dir, 'keyring')
  const all = ['mon', 'osd', 'mgr', 'mds'].flatMap((part) => ['--cap', part, 'allow *'])
  await run('ceph-authtool', [
    '--create-keyring',
    keyring,
    '--gen-key',
    '-n',
    'mon.',
    '--cap',
    'mon',
    'allow *',
  ])
  for (const name of ['client.admin', 'osd.0', 'client.rgw.a'])
    await run('ceph-authtool', [keyring, '--gen-key', '-n', name, ...all])
}

const configuration = (at: { dir: string; fsid: string; monitorPort: number; port: number }): string => `
[global]
fsid = ${at.fsid}
keyring = ${at.dir}/keyring
mon host = v2:127.0.0.1:${at.monitorPort}
public network = 127.0.0.0/8
ms bind msgr1 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd objectstore = memstore
memstore device bytes = 2147483648
log file = ${at.dir}/log/$name.log
admin socket = ${at.dir}/run/$name.asok
mon data = ${at.dir}/mon
osd data = ${at.dir}/osd
rgw data = ${at.dir}/rgw
[client]
rgw frontends = beast endpoint=127.0.0.1:${at.port}
rgw dns name = s3.localhost
`

async function answers(endpoint: string, logs: string): Promise<void> {
  const end = Date.now() + startWithinMs
  for (;;) {
    const status = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) }).then(
      (answer) => answer.status,
      () => null,
    )
    if (status === 200) return
    if (Date.now() > end) {
      const log = await readFile(join(logs, 'client.rgw.a.log'), 'utf8').catch(() => 'no log')
      throw new Error(`radosgw does not answer: ${log.slice(-2_000)}`)
    }
    await sleep(200)
  }
}
