/** A process that is told to stop is gone in time, whatever its database does: its tasks are others' by then. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { bearer, startJobBench } from '../http/job-bench.ts'
import { plainNode } from '../support/plain-node.ts'
import { startBench, testKey } from '../support/service.ts'
import { startServiceProcess } from '../support/service-process.ts'
import { startTcpProxy } from './harness/tcp-proxy.ts'

t.test(
  'a sweep that waits for the database does not keep tasks from being released',
  { timeout: 20_000 },
  async (t) => {
    const bench = await startJobBench(t)
    await bench.query('begin')
    await bench.query('lock table job in access exclusive mode')
    const waiting = `select pg_stat_clear_snapshot() from pg_stat_activity where datname = current_database()
    and wait_event_type = 'Lock' and clock_timestamp() - query_start < interval '300 ms'`
    while ((await bench.query(waiting)).length === 0) {
      await bench.query('select pg_stat_clear_snapshot()')
      await sleep(20)
    }
    const begun = performance.now()
    await bench.service.services.rest(1_500)
    t.ok(performance.now() - begun < 2_000)
    await bench.query('rollback')
  },
)

t.test('a database that says nothing keeps nobody from stopping', { timeout: 60_000 }, async (t) => {
  const bench = await startJobBench(t, { environment: { ROLE: 'api' } })
  const url = new URL(bench.database.url)
  const real = Number(url.port)
  const database = await startTcpProxy(() => [real])
  t.teardown(() => database.close())
  url.port = String(database.port)
  const environment = {
    ...bench.environment,
    PORT: '0',
    ROLE: 'all',
    DATABASE_URL: url.href,
    LOG_LEVEL: 'info',
  }
  const service = await startServiceProcess(t, environment)
  const jobs = new URL('/api/jobs', service.url)
  t.equal((await fetch(jobs, { headers: bearer(testKey) })).status, 200)
  database.freeze()
  const cut = t.rejects(fetch(jobs, { headers: bearer(testKey) }))
  await sleep(500)
  const begun = performance.now()
  t.equal(await service.stop(), 0, 'as if nothing was wrong')
  t.ok(performance.now() - begun < 8_000)
  await cut
})

t.test('what arrives on an open connection while the process stops is sent elsewhere', async (t) => {
  const bench = await startBench(t)
  const { hostname, port } = new URL(bench.service.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  // Half a request: the connection is in use, and waited for.
  socket.write(`GET /api/models HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${testKey}\r\n`)
  await (await fetch(`${bench.service.url}/healthz`)).text()
  const stopped = bench.service.stop()
  socket.write('\r\n')
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 503 /)
  t.match(head, /^content-type: application\/problem\+json/im)
  t.match(head, /^retry-after: \d+\r?$/im)
  t.match(head, /^connection: close\r?$/im)
  t.match(JSON.parse(body), { code: 'UNAVAILABLE', retryable: true, requestId: /./ })
  await stopped
})

t.test('a request to read the keys again does not end a process that still starts', async (t) => {
  // Takes connections and says nothing.
  const database = createServer((socket) => socket.on('error', () => undefined))
  database.listen(0, '127.0.0.1')
  await once(database, 'listening')
  t.teardown(() => database.close())
  const { port } = database.address() as AddressInfo
  const connected = once(database, 'connection')
  const child = spawn(...plainNode(['--no-warnings', 'src/server.ts']), {
    env: { FAL_KEY: 'id:secret', DATABASE_URL: `postgres://u:p@127.0.0.1:${port}/d`, LOG_LEVEL: 'silent' },
    stdio: 'ignore',
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const [socket] = await connected
  child.kill('SIGHUP')
  await sleep(500)
  t.equal(child.signalCode, null)
  child.kill('SIGTERM')
  socket.destroy()
  await ended
})
