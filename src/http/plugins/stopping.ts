/** From the moment the service is told to stop: nobody waits any more, and what still arrives on an open connection is sent elsewhere. */
import fp from 'fastify-plugin'
import { AppError } from '../../domain/errors.ts'

export interface StoppingDeps {
  /** Ends what would keep the process from stopping: answers that wait, open streams. */
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
  // Nor may a connection whose answer is still on its way be kept alive after it.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping) reply.header('connection', 'close')
    done(null, payload)
  })
})
