/** Request validation: bodies are strict; query, path and headers are coerced from text. */
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { parseJsonBodies } from './json-body.ts'

const shared: Options = {
  removeAdditional: false,
  useDefaults: true,
  strict: false,
  // Errors carry their schema, so that the nearest known field can be suggested.
  verbose: true,
}

export const validationPlugin = fp(async (app) => {
  // Report all errors at once, so that a caller can fix them in one round.
  const strict = withFormats(new Ajv({ ...shared, coerceTypes: false, allErrors: true }))
  const reading = withFormats(new Ajv({ ...shared, coerceTypes: 'array', allErrors: true }))
  // A body with many values could cause as many errors, each with its text: its check stops at the first.
  const stopping = withFormats(new Ajv({ ...shared, coerceTypes: false }))
  const added = new Set<string>()
  // Otherwise a text body would be parsed and refused as no object.
  app.removeContentTypeParser('text/plain')
  // Some clients send the content type with the empty bodies of cancel and retry too.
  parseJsonBodies(app, (request) => mayBeLeftOut(request.routeOptions.schema?.body))
  function compile(schema: object, ajv: Ajv): ValidateFunction {
    for (const [id, known] of Object.entries(app.getSchemas())) {
      if (added.has(id)) continue
      added.add(id)
      strict.addSchema(known as object)
      reading.addSchema(known as object)
      stopping.addSchema(known as object)
    }
    return ajv.compile(schema)
  }
  // Compile on first use: compiling all at the start doubled the start time.
  app.setValidatorCompiler<object>(({ schema, httpPart }) => {
    const full = onFirstUse(() => compile(schema, httpPart === 'body' ? strict : reading))
    const short = onFirstUse(() => compile(schema, stopping))
    return (data: unknown) => {
      const validate = httpPart === 'body' && isLarge(data) ? short() : full()
      return validate(data) || { error: validate.errors ?? [] }
    }
  })
})

function onFirstUse<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Of the values in a body whose errors are all reported. */
const mostValues = 1_000

function isLarge(body: unknown): boolean {
  const left = [body]
  let count = 0
  for (let next = left.pop(); next !== undefined && count <= mostValues; next = left.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const members: unknown[] = Array.isArray(next) ? next : Object.values(next)
    count += members.length
    if (count > mostValues) return true
    left.push(...members)
  }
  return false
}

/** A route without a body, or one whose schema takes null for it. */
const mayBeLeftOut = (body: unknown): boolean =>
  typeof body !== 'object' ||
  body === null ||
  ('type' in body && Array.isArray(body.type) && body.type.includes('null'))

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv)
  return ajv
}
