/**
 * Answers a body over the limit: drains it, because a client that is still sending would otherwise see only a broken
 * connection instead of the 413. Invariant: the drained bytes and the time are bounded.
 */
import type { IncomingMessage } from 'node:http'
import fp from 'fastify-plugin'

/** Several times the largest body limit; a client that sends more ignores the answer. */
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
