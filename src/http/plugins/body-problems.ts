/** Refusals of bad bodies, enforced and documented the same for every route that may receive a body. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problems } from '../schemas/problem-schema.ts'
import { invalidIssues } from './problems.ts'

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

/**
 * Unknown fields are refused, since the caller may rely on them: a retry with another prompt would pay for the old
 * one.
 */
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
  throw invalidIssues(
    faults.map((fault) => ({ ...fault, instancePath: '', schemaPath: '' })),
    'body',
  )
}
