/** Usage: sums over jobs, as JSON pages or as CSV. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { ReportUsage, UsageReport } from '../../jobs/accounts/report-usage.ts'
import type { UsageRow } from '../../ports/usage.ts'
import { clientOf, needs } from '../plugins/auth.ts'
import { timeOf } from '../requests/date-time.ts'
import { problems } from '../schemas/problem-schema.ts'
import { usagePage } from '../schemas/usage-schema.ts'

const query = {
  from: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'Jobs created from then on, to the whole hour; default: the beginning of this UTC month.',
    }),
  ),
  to: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'Jobs created before, to the whole hour; default: now.',
    }),
  ),
  groupBy: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      default: 'day',
      description:
        'One or two of `hour`, `day`, `model`, `userId`, `client`, `kind`, `status`, `metadata.<key>`, separated by a comma. By metadata, the jobs themselves are read, which takes longer; such a report covers at most 31 days, others 400.',
      examples: ['day,model'],
    }),
  ),
  clientId: Type.Optional(
    Type.String({ maxLength: 100, description: 'One client (`admin` only); an admin sees all without it.' }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000, description: 'Rows on a page.' }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2_000, description: '`nextCursor` of the previous page.' }),
  ),
}

/** Readers of jobs, and billing systems with `credits:write` only. */
async function mayReadUsage(request: FastifyRequest): Promise<void> {
  if (!clientOf(request).scopes.includes('credits:write')) await needs('jobs:read')(request)
}

export const usageRoutes: FastifyPluginAsyncTypebox<{ reportUsage: ReportUsage }> = async (
  app,
  { reportUsage },
) => {
  app.get(
    '/api/usage',
    {
      onRequest: mayReadUsage,
      schema: {
        operationId: 'getUsage',
        summary: 'What jobs cost and made, in groups',
        description:
          'A client sees its own jobs, an admin those of all clients. With `Accept: text/csv` the same as CSV; its next page is in the `Link` header.',
        tags: ['credits'],
        querystring: Type.Object(query, { additionalProperties: false }),
        response: {
          200: {
            description: 'A page of groups, in the order of their values.',
            headers: { link: { type: 'string', description: 'Of CSV: the next page, `rel="next"`.' } },
            content: {
              'application/json': { schema: usagePage },
              'text/csv': { schema: Type.String() },
            },
          },
          ...problems(401, 403, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const { from, to, limit = 1_000, cursor = null, ...wanted } = request.query
      const report = await reportUsage(
        clientOf(request),
        {
          ...wanted,
          ...(from === undefined ? {} : { from: timeOf('#/query/from', from) }),
          ...(to === undefined ? {} : { to: timeOf('#/query/to', to) }),
        },
        { limit, cursor },
      )
      const { nextCursor } = report
      if (request.headers.accept?.includes('text/csv') !== true)
        return {
          data: report.data.map((row) => viewRow(row, report)),
          nextCursor,
          hasMore: nextCursor !== null,
        }
      if (nextCursor !== null) {
        const next = new URL(request.url, 'http://localhost')
        next.searchParams.set('cursor', nextCursor)
        reply.header('link', `<${next.pathname}${next.search}>; rel="next"`)
      }
      return reply.type('text/csv; charset=utf-8; header=present').send(csvOf(report))
    },
  )
}

function viewRow({ groups, ...sums }: UsageRow, { groupBy }: UsageReport) {
  return { ...Object.fromEntries(groupBy.map((name, n) => [name, groups[n] ?? null])), ...sums }
}

const sumNames = [
  'jobs',
  'files',
  'bytes',
  'estimatedMicros',
  'actualMicros',
  'chargedMicros',
  'unsettledJobs',
] as const satisfies readonly (keyof UsageRow)[]

/** As RFC 4180 has it; a group without a value is empty. */
function csvOf({ groupBy, data }: UsageReport): string {
  const lines = data.map((row) => [...row.groups, ...sumNames.map((name) => row[name])])
  return [[...groupBy, ...sumNames], ...lines].map((cells) => `${cells.map(cellOf).join()}\r\n`).join('')
}

function cellOf(value: string | number | null): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
