/** A body over the limit: the caller reads why it was refused, and whoever never stops sending is cut off. */
import { connect } from 'node:net'
import t from 'tap'
import { testKey } from '../support/service.ts'
import { startJobBench } from './job-bench.ts'

t.test('413 as a problem, whether the length was told before or not', async (t) => {
  const bench = await startJobBench(t)
  const large = JSON.stringify({ model: 'flux-schnell', prompt: 'x'.repeat(24 * 1024 * 1024) })
  const told = await bench.checked('POST', '/api/jobs', large)
  t.equal(told.status, 413)
  t.equal(told.body.code, 'PAYLOAD_TOO_LARGE')
  t.match(told.headers.get('content-type') ?? '', 'application/problem+json')

  const streamed = await fetch(new URL('/api/jobs', bench.service.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
    body: new Blob([large]).stream(),
    duplex: 'half',
  })
  t.equal(streamed.status, 413)
  t.match(await streamed.text(), '"PAYLOAD_TOO_LARGE"')

  t.equal((await bench.checked('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'x' })).status, 202)
})

t.test('an endless body is not read for ever', async (t) => {
  const bench = await startJobBench(t)
  const { port, hostname } = new URL(bench.service.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(
    `POST /api/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testKey}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  )
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 0x20), Buffer.from('\r\n')])
  let sent = 0
  const send = (): void => {
    while (!socket.destroyed && socket.write(chunk)) sent += 1
    sent += 1
  }
  socket.on('drain', send)
  let answer = ''
  socket.on('data', (text: Buffer) => {
    answer += text.toString('latin1')
  })
  send()
  await new Promise((closed) => socket.once('close', closed))
  t.ok(sent < 200, `${sent} MiB were sent before the end`)
  t.match(answer === '' ? 'HTTP/1.1 413' : answer, /^HTTP\/1\.1 413/)
})
