/** Reports usage: what jobs cost and made, by time, model, user and more. A client sees its own, an admin all. */
import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import { toUuid } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Page } from '../../ports/page.ts'
import { type UsageGroup, type UsageRow, type UsageStore, usageGroups } from '../../ports/usage.ts'

export interface UsageRequest {
  /** Epoch milliseconds; default: the beginning of this month (UTC), and now. */
  from?: number
  to?: number
  /** One or two names, separated by a comma. Default: `day`. */
  groupBy?: string
  /** Another client than the caller's; for admins, who see all without it. */
  clientId?: string
}

export interface UsageReport extends Page<UsageRow> {
  groupBy: readonly UsageGroup[]
}

export type ReportUsage = (
  client: Client,
  request: UsageRequest,
  page: { limit: number; cursor: string | null },
) => Promise<UsageReport>

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const longestDays = 400
/** Metadata is not summed: such a report reads every job. */
const longestByMetadataDays = 31
const metadataKey = /^metadata\.[^,]{1,64}$/

/** @throws AppError INVALID_PARAMS, FORBIDDEN. */
export function makeReportUsage({
  usage,
  clock,
}: {
  usage: Pick<UsageStore, 'read'>
  clock: Clock
}): ReportUsage {
  return async function reportUsage(client, request, page) {
    const groupBy = groupsOf(request.groupBy ?? 'day')
    const now = clock.now()
    // Whole hours: the sums are kept by the hour.
    const from = Math.floor((request.from ?? monthOf(now)) / hourMs) * hourMs
    const to = Math.ceil(Math.min(request.to ?? now, now + hourMs) / hourMs) * hourMs
    if ((request.to ?? to) < (request.from ?? from))
      throw refused('#/query/to', 'contradiction', '`to` is before `from`.')
    const days = groupBy.some((group) => metadataKey.test(group)) ? longestByMetadataDays : longestDays
    if (to - from > days * dayMs)
      throw refused('#/query/from', 'out_of_range', `This report covers at most ${days} days.`)
    const read = await usage.read({ clientId: clientOf(client, request), from, to, groupBy }, page)
    return { ...read, groupBy }
  }
}

function clientOf(client: Client, { clientId }: UsageRequest): string | null {
  const isAdmin = client.scopes.includes('admin')
  if (clientId !== undefined && clientId !== client.clientId && !isAdmin)
    throw new AppError('FORBIDDEN', 'Only an admin key may name another client.')
  if (clientId !== undefined && toUuid('cli', clientId) === null)
    throw refused('#/query/clientId', 'unknown_client', 'The client does not exist.')
  return clientId ?? (isAdmin ? null : client.clientId)
}

function groupsOf(text: string): UsageGroup[] {
  const names = text.split(',').map((name) => name.trim())
  const groups = names.filter(isGroup)
  if (groups.length !== names.length || new Set(groups).size !== groups.length || groups.length > 2)
    throw refused(
      '#/query/groupBy',
      'format',
      `Give one or two different groups out of ${usageGroups.join(', ')} and metadata.<key>, separated by a comma.`,
    )
  return groups
}

const isGroup = (name: string): name is UsageGroup =>
  usageGroups.some((group) => group === name) || metadataKey.test(name)

/** The first moment of the UTC month. */
function monthOf(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

function refused(pointer: string, code: string, message: string): AppError {
  return new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code }] })
}
