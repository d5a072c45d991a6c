/**
 * For the platform: `/healthz` reports that the process is alive, `/readyz` whether it can take traffic, part by
 * part.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyBaseLogger } from 'fastify'
import { sharedFor } from '../../../concurrency/shared-for.ts'
import { nullable } from '../../schemas/basic-schemas.ts'

/** Resolves when the part works, rejects with the problem. */
export interface ReadinessCheck {
  name: string
  /** What strangers read in place of the problem, which may name hosts and paths; the log has it in full. */
  trouble: string
  /** An optional part is reported but does not make the service unready. */
  required: boolean
  check(): Promise<void>
}

const answer = Type.Object(
  {
    ready: Type.Boolean(),
    checks: Type.Record(
      Type.String(),
      Type.Object({ ok: Type.Boolean(), ms: Type.Number(), error: nullable(Type.String()) }),
    ),
  },
  { description: 'Every part by name, with the time its check took.' },
)

const checkTimeoutMs = 3_000
/** The route needs no key: however often it is called, the parts are checked this often. */
const sharedMs = 1_000

export const healthRoutes: FastifyPluginAsyncTypebox<{ checks: ReadinessCheck[] }> = async (
  app,
  { checks },
) => {
  const results = sharedFor(sharedMs, () => Promise.all(checks.map((one) => run(one, app.log))))
  app.get(
    '/healthz',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getHealth',
        summary: 'Is the process alive',
        tags: ['operations'],
        security: [],
        response: { 200: Type.Object({ status: Type.Literal('ok') }, { description: 'Alive.' }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  )

  app.get(
    '/readyz',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getReadiness',
        summary: 'Can the service work',
        tags: ['operations'],
        security: [],
        response: { 200: answer, 503: answer },
      },
    },
    async (_request, reply) => {
      const parts = await results()
      const ready = parts.every(({ required, ok }) => ok || !required)
      const shown = parts.map(({ name, ok, ms, error }) => [name, { ok, ms, error }] as const)
      return reply.code(ready ? 200 : 503).send({ ready, checks: Object.fromEntries(shown) })
    },
  )
}

async function run({ name, required, trouble, check }: ReadinessCheck, log: FastifyBaseLogger) {
  const begun = performance.now()
  const timeout = AbortSignal.timeout(checkTimeoutMs)
  const late = new Promise<never>((_, reject) =>
    timeout.addEventListener('abort', () => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), {
      once: true,
    }),
  )
  const error = await Promise.race([check(), late]).then(
    () => null,
    (problem: unknown) => {
      log.warn({ part: name, required, reason: String(problem) }, 'a readiness check failed')
      return trouble
    },
  )
  return { name, required, ok: error === null, ms: Math.round((performance.now() - begun) * 10) / 10, error }
}
