/**
 * For the platform: `/healthz` reports that the process is alive, `/readyz` whether it can take traffic, part by
 * part.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { nullable } from '../../schemas/basic-schemas.ts'

/** Resolves when the part works, rejects with the problem. */
export interface ReadinessCheck {
  name: string
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

export const healthRoutes: FastifyPluginAsyncTypebox<{ checks: ReadinessCheck[] }> = async (
  app,
  { checks },
) => {
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
      const results = await Promise.all(checks.map(run))
      const ready = results.every(({ required, ok }) => ok || !required)
      const shown = results.map(({ name, ok, ms, error }) => [name, { ok, ms, error }] as const)
      return reply.code(ready ? 200 : 503).send({ ready, checks: Object.fromEntries(shown) })
    },
  )
}

async function run({ name, required, check }: ReadinessCheck) {
  const begun = performance.now()
  const timeout = AbortSignal.timeout(checkTimeoutMs)
  const late = new Promise<never>((_, reject) =>
    timeout.addEventListener('abort', () => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), {
      once: true,
    }),
  )
  const error = await Promise.race([check(), late]).then(
    () => null,
    (problem: unknown) => (problem instanceof Error ? problem.message : String(problem)),
  )
  return { name, required, ok: error === null, ms: Math.round((performance.now() - begun) * 10) / 10, error }
}
