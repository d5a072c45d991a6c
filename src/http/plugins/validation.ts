/** Request validation: bodies are strict; query, path and headers are coerced from text. */
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { parseJsonBodies } from './json-body.ts'

const shared: Options = {
  removeAdditional: false,
  useDefaults: true,
  // Report all errors at once, so that a caller can fix them in one round. The body limit and the schemas bound their
  // number.
  allErrors: true,
  strict: false,
  // Errors carry their schema, so that the nearest known field can be suggested.
  verbose: true,
}

export const validationPlugin = fp(async (app) => {
  const strict = withFormats(new Ajv({ ...shared, coerceTypes: false }))
  const reading = withFormats(new Ajv({ ...shared, coerceTypes: 'array' }))
  const added = new Set<string>()
  // Otherwise a text body would be parsed and refused as no object.
  app.removeContentTypeParser('text/plain')
  // Some clients send the content type with the empty bodies of cancel and retry too.
  parseJsonBodies(app, (request) => mayBeLeftOut(request.routeOptions.schema?.body))
  function compile(schema: object, httpPart: string | undefined): ValidateFunction {
    for (const [id, known] of Object.entries(app.getSchemas())) {
      if (added.has(id)) continue
      added.add(id)
      strict.addSchema(known as object)
      reading.addSchema(known as object)
    }
    return (httpPart === 'body' ? strict : reading).compile(schema)
  }
  // Compile on first use: compiling all at the start doubled the start time.
  app.setValidatorCompiler<object>(({ schema, httpPart }) => {
    let validate: ValidateFunction | null = null
    return (data: unknown) => {
      validate ??= compile(schema, httpPart)
      return validate(data) || { error: validate.errors ?? [] }
    }
  })
})

/** A route without a body, or one whose schema takes null for it. */
const mayBeLeftOut = (body: unknown): boolean =>
  typeof body !== 'object' ||
  body === null ||
  ('type' in body && Array.isArray(body.type) && body.type.includes('null'))

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv)
  return ajv
}
