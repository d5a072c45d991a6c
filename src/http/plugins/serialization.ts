/**
 * Response serializers, compiled once for each schema that occurs and only when it is first used: every route lists the
 * same problems, and compiling all of them took most of the time the service needs to start.
 */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import fp from 'fastify-plugin'

type Serializer = (data: unknown) => string

/** By shared schemas and own schema, both as text: a serializer depends on nothing else. */
const compiled = new Map<string, Serializer>()
const compile = SerializerSelector()

export const serializationPlugin = fp(async (app) => {
  let sharedText: string | null = null

  app.setSerializerCompiler((route) => {
    let serializer: Serializer | null = null
    return (data: unknown) => {
      serializer ??= serializerFor(JSON.stringify(route.schema), (shared) =>
        compile(shared)({ ...route, httpStatus: route.httpStatus ?? '' }),
      )
      return serializer(data)
    }
  })

  function serializerFor(schemaText: string, compileWith: (shared: unknown) => Serializer): Serializer {
    // No schema is added after the first use.
    const shared = app.getSchemas()
    sharedText ??= JSON.stringify(shared)
    const key = `${sharedText}\n${schemaText}`
    const known = compiled.get(key) ?? compileWith(shared)
    compiled.set(key, known)
    return known
  }
})
