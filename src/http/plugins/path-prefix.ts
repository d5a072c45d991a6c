/**
 * The path under which a proxy shows this service (that of APP_URL). The proxy strips it from requests; answers that name a
 * path of this service carry it.
 */
import fp from 'fastify-plugin'

/** '' where the service stands at the root of its host. */
export const prefixOf = (appUrl: string | null): string =>
  appUrl === null ? '' : new URL(appUrl).pathname.replace(/\/+$/, '')

export const pathPrefixPlugin = fp<{ prefix: string }>(async (app, { prefix }) => {
  if (prefix === '') return
  app.addHook('onSend', (_request, reply, payload, done) => {
    const location = reply.getHeader('location')
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', prefix + location)
    done(null, payload)
  })
})
