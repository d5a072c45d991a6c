/** The context of a request for everything it causes: its id on each log line, its span in the caller's trace. */
import { type Context, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    traceContext: Context | null
  }
}

export interface RequestContextDeps {
  /** Runs `work` with these fields on every line of the log. */
  withLogFields: (fields: Record<string, string>, work: () => void) => void
}

const tracer = trace.getTracer('fal-jobs')

export const requestContextPlugin = fp<RequestContextDeps>(async (app, { withLogFields }) => {
  app.decorateRequest('traceContext', null)
  app.addHook('onRequest', (request, _reply, done) => {
    const caller = propagation.extract(context.active(), request.headers)
    const route = request.routeOptions.url ?? '(none)'
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'request.id': request.id,
    }
    const span = tracer.startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER, attributes }, caller)
    const inside = trace.setSpan(caller, span)
    request.traceContext = inside
    context.with(inside, () => withLogFields({ requestId: request.id }, done))
  })
  // Restore the context: reading a body continues in socket events outside of it.
  app.addHook('preValidation', (request, _reply, done) => {
    context.with(request.traceContext ?? context.active(), () =>
      withLogFields({ requestId: request.id }, done),
    )
  })
  app.addHook('onResponse', (request, reply, done) => {
    const span = request.traceContext === null ? undefined : trace.getSpan(request.traceContext)
    span?.setAttribute('http.response.status_code', reply.statusCode)
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR })
    span?.end()
    done()
  })
})
