/** FAL's backup host: used once, for what surely was not sent; never for what may have been. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { Agent, buildConnector } from 'undici'
import type { SubmitRequest } from '../../../src/ports/fal.ts'
import { clientOf, closedPort } from './misbehaving-server.ts'

const request: SubmitRequest = {
  endpointId: 'fal-ai/flux/dev',
  input: { prompt: 'a cat' },
  webhookUrl: 'https://jobs.example.com/hook',
  queue: {},
}
const ref = {
  requestId: 'r-1',
  endpointId: 'fal-ai/flux/dev',
  statusUrl: null,
  responseUrl: null,
  cancelUrl: null,
  falKeyRef: null,
}

/** FAL's hosts by plain HTTP: `main` is what a connection to the main host meets, the backup host answers. */
async function falOf(t: Test, main: string | 'cut' | { address: string }) {
  const asked: string[] = []
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.headers.host} ${incoming.method} ${incoming.url}`)
    if (incoming.headers.host === 'queue.fal.run') return void incoming.socket.destroy()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ request_id: 'r-1', status: 'IN_QUEUE', queue_position: 2 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const open = buildConnector({})
  const dispatcher = new Agent({
    connect(options, connected) {
      const plain = { ...options, protocol: 'http:', hostname: '127.0.0.1' }
      if (options.hostname !== 'queue.fal.run' || main === 'cut')
        return open({ ...plain, port: String(port) }, connected)
      if (typeof main === 'object') return open({ ...plain, port: new URL(main.address).port }, connected)
      connected(Object.assign(new Error(main), { code: main }), null)
    },
  })
  t.teardown(() => dispatcher.close())
  return { asked, fal: clientOf(t, 'https://queue.fal.run', { dispatcher }) }
}

t.test('a submit that surely was not sent goes to the backup host, once', async (t) => {
  for (const main of ['ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', { address: await closedPort() }]) {
    const { asked, fal } = await falOf(t, main)
    t.match(await fal.submit(request), { type: 'accepted', request: { requestId: 'r-1' } })
    t.strictSame(asked, [
      'queue.falrun.com POST /fal-ai/flux/dev?fal_webhook=https%3A%2F%2Fjobs.example.com%2Fhook',
    ])
  }
})

t.test(
  'after a byte was sent, or where the certificate is not FAL’s, the backup host sees nothing',
  async (t) => {
    const cut = await falOf(t, 'cut')
    t.match(await cut.fal.submit(request), { type: 'uncertain' })
    t.match(cut.asked, [/^queue\.fal\.run POST/])
    const forged = await falOf(t, 'DEPTH_ZERO_SELF_SIGNED_CERT')
    t.match(await forged.fal.submit(request), { type: 'later', reason: /DEPTH_ZERO/ })
    t.strictSame(forged.asked, [])
  },
)

t.test('status and cancel find the backup host too', async (t) => {
  const { asked, fal } = await falOf(t, 'ENOTFOUND')
  t.match(await fal.poll(ref, { logs: false }), { type: 'queued', queuePosition: 2 })
  t.match(await fal.cancel(ref), { type: 'requested' })
  t.strictSame(asked, [
    'queue.falrun.com GET /fal-ai/flux/requests/r-1/status?logs=0',
    'queue.falrun.com PUT /fal-ai/flux/requests/r-1/cancel',
  ])
})
