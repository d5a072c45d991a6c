/** The port and its sockets: a crowd is let in soon, a close waits for everybody and for nobody who is idle, a taken port is told. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { Agent, request } from 'undici'
import { stoppingPlugin } from '../../src/http/plugins/stopping.ts'
import { listen } from '../../src/process/listen.ts'

const host = '127.0.0.1'

async function start(t: Test) {
  const app = fastify()
  await app.register(stoppingPlugin, { close: () => undefined })
  const gate = Promise.withResolvers<void>()
  let entered = 0
  const inside = new EventTarget()
  app.get('/', async () => 'here')
  app.get('/slow', async () => {
    entered += 1
    inside.dispatchEvent(new Event('entered'))
    await gate.promise
    return 'at last'
  })
  const port = await listen(app, { host, port: 0 })
  const agent = new Agent({ connections: null, pipelining: 1 })
  t.teardown(async () => {
    gate.resolve()
    await agent.destroy()
    await app.close()
  })
  return {
    app,
    port,
    openGate: () => gate.resolve(),
    get: async (path: string) => {
      const { statusCode, body } = await request(`http://${host}:${port}${path}`, { dispatcher: agent })
      return { status: statusCode, text: await body.text() }
    },
    async entered(count: number) {
      while (entered < count) await once(inside, 'entered')
    },
  }
}

t.test(
  'of those who come at once several are let in in a turn of the event loop',
  { skip: process.platform !== 'linux' && 'the kernel deals out connections on Linux only' },
  async (t) => {
    const { app, port } = await start(t)
    const crowd = 64
    let accepted = 0
    let turns = 0
    const all = Promise.withResolvers<void>()
    const turn = (): void => {
      turns += 1
      if (accepted < crowd) setImmediate(turn)
      else all.resolve()
    }
    app.server.on('connection', () => {
      if (accepted++ === 0) setImmediate(turn)
    })
    // The kernel completes their handshakes; who accepts them is the event loop.
    const sockets = Array.from({ length: crowd }, () => connect(port, host))
    await all.promise
    for (const socket of sockets) socket.destroy()
    t.ok(turns < crowd / 2, `${turns} turns`)
  },
)

async function fateOf(port: number): Promise<string> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return 'connected'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  } finally {
    socket.destroy()
  }
}

t.test('a close waits for the requests on all sockets, and lets nobody else in', async (t) => {
  const { app, port, get, entered, openGate } = await start(t)
  const inProgress = Array.from({ length: 24 }, () => get('/slow'))
  await entered(24)
  let closed = false
  const closing = app.close().then(() => {
    closed = true
  })
  // Who comes in the moment of closing is cut off; from then on there is nobody to come to.
  while ((await fateOf(port)) !== 'ECONNREFUSED');
  t.notOk(closed)
  openGate()
  t.same(
    await Promise.all(inProgress),
    inProgress.map(() => ({ status: 200, text: 'at last' })),
  )
  await closing
})

t.test('connections that are idle hold no close up', async (t) => {
  const { app, get } = await start(t)
  await Promise.all(Array.from({ length: 24 }, () => get('/')))
  await app.close()
})

t.test('a port is not shared with another service', async (t) => {
  const { port, get } = await start(t)
  const other = fastify()
  t.teardown(() => other.close())
  await t.rejects(listen(other, { host, port }), { code: 'EADDRINUSE' })
  t.match(await get('/'), { status: 200, text: 'here' })
})
