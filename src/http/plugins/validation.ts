/** Request validation: bodies strict to the letter; query, path and headers read from their text first. */
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { parseJsonBodies } from './json-body.ts'

const shared: Options = {
  removeAdditional: false,
  useDefaults: true,
  // Every fault at once: a caller fixes them in one round. Sizes are bounded by the body limit and the schemas.
  allErrors: true,
  strict: false,
  // Faults carry the schema they broke, so that an unknown field can be told what it may have been meant to be.
  verbose: true,
}

export const validationPlugin = fp(async (app) => {
  const strict = withFormats(new Ajv({ ...shared, coerceTypes: false }))
  const reading = withFormats(new Ajv({ ...shared, coerceTypes: 'array' }))
  const added = new Set<string>()
  // Else a text would be a body, and be told that it is not an object.
  app.removeContentTypeParser('text/plain')
  // Clients that always name a content type send it with the empty bodies of cancel and retry too.
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
  // Compiled when first used: a start that compiled all of them took twice as long.
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
