/** Debian's PgBouncer (1.18) with its default settings: session mode works, transaction mode is refused with the reason. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { runCommand } from '../support/run-command.ts'
import { startBench } from '../support/service.ts'

const nobody = 65_534
const isMissing = spawnSync('pgbouncer', ['--version']).error !== undefined
const skip = isMissing ? 'pgbouncer is not installed (Debian package pgbouncer)' : false

async function startPgBouncer(t: Test, url: string, mode: string): Promise<string> {
  const { hostname, port: serverPort, username, password } = new URL(url)
  const dir = await mkdtemp(join(tmpdir(), 'pgbouncer-'))
  const port = await freePort()
  const ini = join(dir, 'pgbouncer.ini')
  await writeFile(
    ini,
    [
      '[databases]',
      `* = host=${hostname} port=${serverPort} user=${username} password=${password}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      `pool_mode = ${mode}`,
    ].join('\n'),
  )
  await Promise.all([chmod(dir, 0o755), chmod(ini, 0o644)])
  const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  const bouncer = spawn('pgbouncer', ['-q', ini], { stdio: 'ignore', ...identity })
  t.teardown(async () => {
    bouncer.kill('SIGKILL')
    if (bouncer.exitCode === null && bouncer.signalCode === null) await once(bouncer, 'exit')
    await rm(dir, { recursive: true, force: true })
  })
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries === 100) throw new Error('PgBouncer does not listen')
    await sleep(50)
  }
  return Object.assign(new URL(url), { port: String(port) }).href
}

function listens(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => settle(socket.destroy() !== undefined))
    socket.once('error', () => settle(false))
  })
}

t.test('session mode', { skip }, async (t) => {
  const { url, drop } = await createTestDatabase()
  t.teardown(drop)
  const bench = await startBench(t, {
    environment: { DATABASE_URL: await startPgBouncer(t, url, 'session') },
  })
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'through a pooler' })
  t.match(await bench.settled(id, 30_000), { status: 'completed', archive: { status: 'archived' } })
})

t.test('transaction mode', { skip }, async (t) => {
  const { url, drop } = await createTestDatabase()
  t.teardown(drop)
  const pooled = await startPgBouncer(t, url, 'transaction')
  const { code, stderr } = await runCommand(['serve'], { FAL_KEY: 'a:b', DATABASE_URL: pooled })
  t.equal(code, 1)
  t.match(stderr, /^fal-jobs could not start: [^\n]+ loses prepared statements[^\n]+\n$/)
})
