/** The official client uploads through the simulator: in one piece, in parts above 90 MiB, and files inside an input. */

import { createHash } from 'node:crypto'
import { createFalClient } from '@fal-ai/client'
import t, { type Test } from 'tap'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { redirectedFetch } from './redirected-fetch.ts'

const mebibyte = 1024 * 1024

async function start(test: Test) {
  const simulator = await startSimulator({ speed: 20 })
  test.teardown(() => simulator.close())
  const client = createFalClient({ credentials: 'id:secret', fetch: redirectedFetch(simulator.url) })
  return { simulator, client }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

t.test('a small file can be read back with its type', async (t) => {
  const { client } = await start(t)
  const file = new File(['hello'], 'greeting one.txt', { type: 'text/plain' })
  const url = await client.storage.upload(file)
  const response = await fetch(url)
  t.equal(await response.text(), 'hello')
  t.equal(response.headers.get('content-type'), 'text/plain')
})

t.test('a file over 90 MiB goes up in parts and comes back whole', async (t) => {
  const { client } = await start(t)
  const content = Buffer.alloc(91 * mebibyte)
  for (let at = 0; at < content.length; at += mebibyte) content.writeUInt32LE(at, at)
  const url = await client.storage.upload(new Blob([content], { type: 'video/mp4' }))
  const back = Buffer.from(await (await fetch(url)).arrayBuffer())
  t.equal(back.length, content.length)
  t.equal(sha256(back), sha256(content))
})

t.test('a file inside an input is uploaded and arrives as a URL', async (t) => {
  const { client, simulator } = await start(t)
  const image = new Blob(['not really'], { type: 'image/png' })
  const result = await client.subscribe('fal-ai/flux-pro/kontext', {
    // The client's types say string; it replaces files by their URLs before the call.
    input: { prompt: 'edit', image_url: image as unknown as string },
    pollInterval: 20,
  })
  t.equal(simulator.admin.request(result.requestId)?.statusCode, 200)
})

t.test('an upload with a short life is gone when its time is over', async (t) => {
  const { client, simulator } = await start(t)
  const blob = new Blob(['soon gone'], { type: 'text/plain' })
  const url = await client.storage.upload(blob, { lifecycle: { expiresIn: '1h' } })
  t.equal((await fetch(url)).status, 200)
  simulator.clock.advance(3601)
  t.equal((await fetch(url)).status, 404)
})
