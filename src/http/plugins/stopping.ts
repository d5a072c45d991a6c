/**
 * Graceful stop: ends long polls and streams, and answers later requests on open connections with 503, so that
 * clients go to another replica.
 */
import fp from 'fastify-plugin'
import { AppError } from '../../domain/errors.ts'

export interface StoppingDeps {
  /** Ends long polls and open streams. */
  close: () => void
}

const retryAfterSeconds = 1

export const stoppingPlugin = fp<StoppingDeps>(async (app, { close }) => {
  let isStopping = false
  app.addHook('preClose', async () => {
    isStopping = true
    close()
  })
  app.addHook('onRequest', async () => {
    if (isStopping)
      throw new AppError('UNAVAILABLE', 'This process is stopping. Try again: another one answers.', {
        retryAfterSeconds,
      })
  })
  // Close connections after the answer that is in flight.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping) reply.header('connection', 'close')
    done(null, payload)
  })
})
