/** Every route that may be sent a body refuses a bad one in the same ways, whether it wants one or not: seen to and documented here for all. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problems } from '../schemas/problem-schema.ts'
import { fieldError, invalid } from './problems.ts'

/** For the routes of this scope that are registered after it. */
export function refuseBadBodies(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    const { method, schema } = route
    const takesNone = [method].flat().every((name) => name === 'GET' || name === 'HEAD' || name === 'OPTIONS')
    if (takesNone || schema === undefined) return
    schema.response = { ...problems(400, 413, 415, 422), ...(schema.response as object | undefined) }
    if (schema.body === undefined)
      route.preValidation = [refuseAnyBody, ...[route.preValidation ?? []].flat()]
  })
}

/** A field that a route does not know may be one that its caller counts on: a retry with another prompt would pay for the old one. */
async function refuseAnyBody({ body }: Pick<FastifyRequest, 'body'>): Promise<void> {
  if (body === undefined || body === null) return
  const isObject = typeof body === 'object' && !Array.isArray(body)
  const faults = isObject
    ? Object.keys(body).map((name) => ({
        keyword: 'additionalProperties',
        params: { additionalProperty: name },
      }))
    : [{ keyword: 'type', params: { type: 'object' } }]
  if (faults.length === 0) return
  throw invalid(faults.map((fault) => fieldError({ ...fault, instancePath: '', schemaPath: '' }, 'body')))
}
