/**
 * FAL's billing events, which need a key of admin scope. Invariant: a statement that could not be read to its end is no
 * statement, since a missing event would count as nothing billed.
 */
import { decimalOf, decimalText, rounded, times } from '../../domain/decimal.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { BilledRequest, FalStatement } from '../../ports/billing.ts'
import { askPlatform } from './ask-platform.ts'
import type { Caller } from './caller.ts'

const pageSize = 1_000
const mostPages = 500
const nanosPerUsd = { digits: 1_000_000_000n, scale: 0 }

export function createFalStatement(caller: Caller): FalStatement {
  return {
    async billed({ from, to }, signal) {
      const requests = new Map<string, { endpointId: string; units: number | null; nanos: bigint }>()
      let cursor: string | null = null
      for (let page = 0; page < mostPages; page++) {
        const parameters: [string, string][] = [
          ['start', new Date(from).toISOString()],
          ['end', new Date(to).toISOString()],
          ['limit', String(pageSize)],
          ...(cursor === null ? [] : [['cursor', cursor] satisfies [string, string]]),
        ]
        const answer = await askPlatform(caller, '/models/billing-events', parameters, {
          falKeyRef: null,
          signal,
        })
        if ('trouble' in answer) return { trouble: answer.trouble }
        const { billing_events: events, next_cursor: next, has_more: more } = answer.page.body
        if (!Array.isArray(events)) return { trouble: 'FAL’s answer holds no list of events' }
        for (const event of events) add(requests, event)
        if (more === false || typeof next !== 'string' || next === '' || next === cursor)
          return [...requests].map(([requestId, { endpointId, units, nanos }]) => ({
            requestId,
            endpointId,
            units: textOf(units),
            micros: Number((nanos + 999n) / 1000n),
          }))
        cursor = next
      }
      return { trouble: `more than ${mostPages} pages` }
    },
  }
}

/** A request may have several events: they add up. Its units are known only where it has one. */
function add(
  requests: Map<string, { endpointId: string; units: number | null; nanos: bigint }>,
  event: unknown,
): void {
  if (!isRecord(event)) return
  const { request_id: requestId, endpoint_id: endpointId, output_units: units } = event
  const nanos = nanosOf(event)
  if (typeof requestId !== 'string' || typeof endpointId !== 'string' || nanos === null) return
  const earlier = requests.get(requestId)
  const ownUnits = earlier === undefined && typeof units === 'number' ? units : null
  requests.set(requestId, { endpointId, units: ownUnits, nanos: (earlier?.nanos ?? 0n) + nanos })
}

/** What was charged after discounts. */
function nanosOf(event: Record<string, unknown>): bigint | null {
  const { cost_estimate_nano_usd: nanos, cost_total: usd } = event
  if (typeof usd === 'number' && usd >= 0) {
    const read = decimalOf(usd)
    return read === null ? null : rounded(times(read, nanosPerUsd))
  }
  return typeof nanos === 'number' && Number.isSafeInteger(nanos) && nanos >= 0 ? BigInt(nanos) : null
}

function textOf(units: number | null): BilledRequest['units'] {
  const read = units === null ? null : decimalOf(units)
  return read === null ? null : decimalText(read)
}
