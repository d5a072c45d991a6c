/** Every route that may be sent a body refuses a bad one in the same ways, whether it wants one or not: documented here for all. */
import type { FastifyInstance } from 'fastify'
import { problems } from '../schemas/basic.ts'

/** For the routes of this scope that are registered after it. */
export function documentBodyProblems(scope: FastifyInstance): void {
  scope.addHook('onRoute', ({ method, schema }) => {
    const takesNone = [method].flat().every((name) => name === 'GET' || name === 'HEAD' || name === 'OPTIONS')
    if (takesNone || schema === undefined) return
    schema.response = { ...problems(400, 413, 415), ...(schema.response as object | undefined) }
  })
}
