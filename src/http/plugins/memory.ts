/**
 * Admits what is large by the process's memory budget: a body is not read, and a large result not loaded, before there is
 * room for it; a request that waits too long is answered 503.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createHolder } from '../../concurrency/memory-budget.ts'
import type { Hold, MemoryBudget, Release } from '../../ports/memory-budget.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Reserves memory until the response is closed. @throws AppError UNAVAILABLE. */
    hold: Hold | null
    /** Gives back what was reserved so far. */
    letGo: Release | null
  }
}

/** Bodies and values below this are not counted. */
const smallBytes = 64 * 1024
/** A body is its bytes, its text, its values, and the text of what is stored of it. */
const copiesOfBody = 5
const withinMs = 10_000

export function admitByMemory(
  scope: FastifyInstance,
  budget: MemoryBudget,
  shed: (reason: string) => void,
): void {
  scope.decorateRequest('hold', null)
  scope.decorateRequest('letGo', null)
  scope.addHook('preParsing', async (request, reply, payload) => {
    let holder = createHolder(budget, { withinMs })
    reply.raw.once('close', () => holder.release())
    request.letGo = () => {
      holder.release()
      holder = createHolder(budget, { withinMs })
    }
    request.hold = async (bytes) => {
      if (bytes <= smallBytes) return
      await holder.hold(bytes).catch((error: unknown) => {
        shed('memory')
        throw error
      })
    }
    const bytes = bodyBytes(request)
    if (bytes > 0) await request.hold(bytes * copiesOfBody)
    return payload
  })
}

/** 0: no body, or one that is refused for its size. Without a declared length it may be as long as the route takes. */
function bodyBytes({ headers, routeOptions }: FastifyRequest): number {
  const most = routeOptions.bodyLimit ?? 0
  if (headers['transfer-encoding'] !== undefined) return most
  const declared = Number(headers['content-length'] ?? 0)
  return declared <= most ? declared : 0
}

/** Ends the reservation of a request's body, which is dropped: the request goes on to wait for something else. */
export function dropBody(request: FastifyRequest): void {
  request.body = undefined
  request.letGo?.()
}

/** The reservation of a request in a scope that admits by memory. */
export function holdOf(request: FastifyRequest): Hold {
  if (request.hold === null) throw new Error('a route outside the scopes that admit by memory reserved some')
  return request.hold
}
