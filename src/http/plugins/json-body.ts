/** Reads a JSON body: a body that is not UTF-8 is refused, since a garbled prompt would be paid like any other. */
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import { type ShapeFault, type ShapeLimits, shapeFault } from '../../domain/json-shape.ts'

/**
 * Far above any real request, and small enough that parsing, checking and storing a body takes milliseconds. The depth
 * is checked later, with a pointer; deeper than this, even the parser's stack is at risk.
 */
const limits: ShapeLimits = { values: 50_000, levels: 10_000, keyBytes: 1_024, numberLength: 1_024 }

const faultTexts: Record<ShapeFault, string> = {
  values: `The body holds more than ${limits.values} values. Send fewer or smaller lists and objects.`,
  levels: `The body is nested more than ${limits.levels} levels deep.`,
  keyBytes: `The body has a field name of more than ${limits.keyBytes} bytes.`,
  numberLength: `The body has a number of more than ${limits.numberLength} characters.`,
}

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
    const fault = shapeFault(body, limits)
    if (fault !== null) return done(tooComplex(fault))
    parse(request, body.toString(), done)
  })
}

function tooComplex(fault: ShapeFault): AppError {
  const message = faultTexts[fault]
  return new AppError('INVALID_PARAMS', message, {
    errors: [{ pointer: '', message, code: fault === 'levels' ? 'too_deep' : 'too_complex' }],
  })
}
