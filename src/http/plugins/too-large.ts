/**
 * A body over the limit is answered, not cut off: a client that is still sending sees only a broken connection unless
 * somebody reads on. Promise: what is read and thrown away is bounded, in bytes and in time.
 */
import type { IncomingMessage } from 'node:http'
import fp from 'fastify-plugin'

/** Several times what any route takes: whoever sends more than that does not listen. */
const mostBytes = 64 * 1024 * 1024
const mostMs = 10_000

export const tooLargePlugin = fp(async (app) => {
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode === 413 && !request.raw.complete) await drain(request.raw)
  })
})

function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let left = mostBytes
    const count = (chunk: Buffer): void => {
      left -= chunk.length
      if (left < 0) done()
    }
    const done = (): void => {
      clearTimeout(timer)
      request.off('data', count).off('end', done).off('close', done)
      request.pause()
      resolve()
    }
    const timer = setTimeout(done, mostMs)
    request.on('data', count).once('end', done).once('close', done)
    request.resume()
  })
}
