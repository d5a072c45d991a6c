/** The scope that routes are added to, with request and answer typed by their TypeBox schemas. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

export type RouteScope = Parameters<FastifyPluginAsyncTypebox>[0]
