/** A development server gets a port that is free when it opens it, not one that was free when it was chosen. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import t, { type Test } from 'tap'
import { openOnFreePort } from '../../../src/cli/dev/free-port.ts'

const host = '127.0.0.1'

async function listenOn(t: Test, port: number): Promise<Server> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

t.test('the wanted port is used when it is free, another one when it is taken', async (t) => {
  const taken = portOf(await listenOn(t, 0))
  const other = await openOnFreePort(taken, host, (port) => listenOn(t, port))
  t.not(portOf(other), taken)
  const free = portOf(other)
  await new Promise((settle) => other.close(settle))
  t.equal(portOf(await openOnFreePort(free, host, (port) => listenOn(t, port))), free)
})

t.test('a port that is taken between the choice and its use is given up for another', async (t) => {
  const offered: number[] = []
  const opened = await openOnFreePort(0, host, async (port) => {
    offered.push(port)
    if (offered.length < 3) await listenOn(t, port)
    return listenOn(t, port)
  })
  t.equal(offered.length, 3)
  t.equal(portOf(opened), offered[2])
})

t.test('it gives up after five choices, and at once on any other failure', async (t) => {
  let choices = 0
  const robbed = openOnFreePort(0, host, async (port) => {
    choices += 1
    await listenOn(t, port)
    return listenOn(t, port)
  })
  await t.rejects(robbed, { code: 'EADDRINUSE' })
  t.equal(choices, 5)

  let starts = 0
  const elsewhere = Object.assign(new Error('the port of the database'), { code: 'EADDRINUSE', port: 1 })
  const failing = openOnFreePort(0, host, () => {
    starts += 1
    return Promise.reject(elsewhere)
  })
  await t.rejects(failing, { message: 'the port of the database' })
  t.equal(starts, 1)
})
