/**
 * Response serializers, compiled once for each schema that occurs: every route lists the same problems, and compiling
 * each of them anew took most of the time the service needs to start.
 */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import fp from 'fastify-plugin'

type Serializer = (data: unknown) => string

/** By shared schemas and own schema, both as text: a serializer depends on nothing else. */
const compiled = new Map<string, Serializer>()
const compile = SerializerSelector()

export const serializationPlugin = fp(async (app) => {
  let counted = -1
  let sharedText = ''
  app.setSerializerCompiler((route) => {
    const shared = app.getSchemas()
    const count = Object.keys(shared).length
    // Shared schemas are only ever added.
    if (count !== counted) sharedText = JSON.stringify(shared)
    counted = count
    const key = `${sharedText}\n${JSON.stringify(route.schema)}`
    const known = compiled.get(key) ?? compile(shared)({ ...route, httpStatus: route.httpStatus ?? '' })
    compiled.set(key, known)
    return known
  })
})
