/** Reads a JSON body: a body that is not UTF-8 is refused, since a garbled prompt would be paid like any other. */
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'

/** `mayBeEmpty`: whether a request may name the content type and send nothing. Replaces what parsed JSON before in this scope. */
export function parseJsonBodies(
  app: FastifyInstance,
  mayBeEmpty: (request: FastifyRequest) => boolean,
): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0 && mayBeEmpty(request)) return done(null, undefined)
    const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
      return done(new AppError('UNSUPPORTED_MEDIA_TYPE', `Send the body in UTF-8, not in ${charset}.`))
    if (!isUtf8(body)) return done(new AppError('MALFORMED_BODY', 'The body is not UTF-8.'))
    parse(request, body.toString(), done)
  })
}
