/** Rate, errors and duration of every route, by its pattern, so that arbitrary paths never become labels. */
import fp from 'fastify-plugin'

export type ObserveRequest = (method: string, route: string, status: number, seconds: number) => void

export const requestMetricsPlugin = fp<{ observe: ObserveRequest }>(async (app, { observe }) => {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? '(none)'
    observe(request.method, route, reply.statusCode, reply.elapsedTime / 1000)
    done()
  })
})
