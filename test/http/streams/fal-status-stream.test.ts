/** The status stream of the proxy: whoever is gone before it opens leaves nothing running. */
import { once } from 'node:events'
import { createServer, get, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { openStatusStream } from '../../../src/http/streams/fal-status-stream.ts'

t.test('a reader that left before the stream opened is over at once', async (t) => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  request.on('error', () => undefined)
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  request.destroy()
  await once(response, 'close')
  let ends = 0
  const stream = {
    response,
    jobId: 'job_1',
    wantsLogs: true,
    read: async () => t.fail('the stream was read') as never,
    onEnd: () => {
      ends += 1
    },
  }
  openStatusStream({ follow: () => t.fail('nobody follows') as never }, stream)
  t.equal(ends, 1)
})
