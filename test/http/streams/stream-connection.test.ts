/** An endless answer on its bare socket: the same bytes as before, nothing of the request kept, and its end is noticed. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { type StreamWire, wireOf } from '../../../src/http/streams/stream-connection.ts'

interface Opened {
  wire: StreamWire
  request: IncomingMessage
  response: ServerResponse
}

/** A server that turns every request into a wire. */
async function serve(t: Test) {
  const waiting: ((opened: Opened) => void)[] = []
  const server = createServer((request, response) => {
    // As after an authentication: never from within the parser.
    setImmediate(() => {
      response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' })
      waiting.shift()?.({ wire: wireOf(response), request, response })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { port, server, next: () => new Promise<Opened>((opened) => waiting.push(opened)) }
}

t.test('the socket is taken out of the HTTP server, and a client reads chunks as ever', async (t) => {
  const { port, server, next } = await serve(t)
  const opening = next()
  const answer = fetch(`http://127.0.0.1:${port}/`)
  const { wire, response } = await opening
  t.equal(response.socket, null, 'on this version of Node, too')
  wire.send(Buffer.from('data: grüße\n\n'))
  wire.send(Buffer.from(':\n\n'))
  wire.end()
  t.equal(await (await answer).text(), 'data: grüße\n\n:\n\n')
  // Nothing of the connection is left to hold the server up.
  server.close()
  await once(server, 'close')
})

t.test('whoever measures requests hears of the answer', async (t) => {
  const { port, next } = await serve(t)
  const opening = next()
  let told = 0
  const server = createServer((_request, response) => {
    response.on('error', () => {
      told += 1
    })
    setImmediate(() => {
      response.writeHead(200)
      wireOf(response).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text()
  t.equal(told, 1)
  const answer = fetch(`http://127.0.0.1:${port}/`)
  const { wire } = await opening
  wire.end()
  await (await answer).text()
})

t.test('a caller that goes away, politely or not, is noticed; what it sends is thrown away', async (t) => {
  const { port, next } = await serve(t)
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const opening = next()
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    const { wire } = await opening
    const closed = new Promise<void>((done) => wire.on('close', done))
    socket.write('x'.repeat(1_000_000), () => socket[leave]())
    await closed
    t.doesNotThrow(() => wire.send(Buffer.from('late')))
    t.doesNotThrow(() => wire.end())
  }
})

t.test('a reader that takes nothing fills it, and drains it by reading', async (t) => {
  const { port, next } = await serve(t)
  const opening = next()
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const { wire } = await opening
  const drained = new Promise<void>((done) => wire.on('drain', done))
  while (!wire.isFull()) wire.send(Buffer.alloc(256 * 1024, 'x'))
  socket.resume()
  await drained
  t.notOk(wire.isFull())
  wire.end()
  await once(socket, 'close')
})

t.test('an answer without chunks stays with the HTTP server', async (t) => {
  const { port, next } = await serve(t)
  const opening = next()
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  socket.write('GET / HTTP/1.0\r\n\r\n')
  const { wire, response } = await opening
  t.not(response.socket, null)
  wire.send(Buffer.from('data: 1\n\n'))
  wire.end()
  await once(socket, 'close')
  t.match(text, /\r\n\r\ndata: 1\n\n$/)
})
