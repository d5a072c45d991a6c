/**
 * Compares FAL's statement with the costs of jobs, a stretch of time after the other: a cost that FAL billed otherwise is
 * corrected, and the drift is reported by endpoint. Invariant: a stretch counts as compared only when all of it was.
 */
import type { ChargePolicy } from '../../domain/facts.ts'
import type { BilledRequest, BillStore, FalStatement, KnownBill } from '../../ports/billing.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'

export interface CompareBillsDeps {
  /** null: there is no key that may read it. */
  statement: FalStatement | null
  bills: BillStore
  store: Pick<JobStore, 'record'>
  charge: ChargePolicy
  clock: Clock
  /** The compared amounts and the drift, in micro-USD; over: FAL billed more than was known. */
  onCompared: (amounts: { compared: number; over: number; under: number }) => void
  log: Pick<Logger, 'info' | 'warn'>
}

/** Resolves to the number of requests of this service that were compared. */
export type CompareBills = (signal?: AbortSignal) => Promise<number>

const hourMs = 3_600_000
/** Deferred units are billed by then, and recorded with the job. */
const settledAfterMs = 2 * hourMs
const longestStretchMs = 24 * hourMs
const chunk = 500

interface Drift {
  jobs: number
  knownMicros: number
  falMicros: number
}

export function makeCompareBills(deps: CompareBillsDeps): CompareBills {
  const { statement, bills, clock, log } = deps

  return async function compareBills(signal) {
    if (statement === null) return 0
    const last = clock.now() - settledAfterMs
    const from = (await bills.comparedUntil()) ?? last - longestStretchMs
    const to = Math.min(last, from + longestStretchMs)
    if (to - from < hourMs / 2) return 0
    const billed = await statement.billed({ from, to }, signal)
    if ('trouble' in billed) {
      log.warn({ reason: billed.trouble }, "FAL's billing events could not be read; will retry")
      return 0
    }
    const drifts = new Map<string, Drift>()
    let compared = 0
    for (let at = 0; at < billed.length; at += chunk) {
      signal?.throwIfAborted()
      compared += await compareChunk(deps, billed.slice(at, at + chunk), drifts)
    }
    await bills.noteCompared(to)
    report(deps, drifts)
    const time = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    log.info({ requests: compared, ...time }, "FAL's billing events compared")
    return compared
  }
}

/** Returns how many of the requests are ours: the account may have other users than this service. */
async function compareChunk(
  deps: CompareBillsDeps,
  requests: readonly BilledRequest[],
  drifts: Map<string, Drift>,
): Promise<number> {
  const known = await deps.bills.knownBills(requests.map(({ requestId }) => requestId))
  const ours = new Map(known.map((bill) => [bill.requestId, bill]))
  for (const request of requests) {
    const bill = ours.get(request.requestId)
    if (bill === undefined) continue
    await correct(deps, request, bill)
    if (bill.costSource !== 'billing_events') addDrift(drifts, request, bill)
  }
  return known.length
}

async function correct(
  { store, charge }: CompareBillsDeps,
  { units, endpointId, micros }: BilledRequest,
  { jobId, costSource, actualMicros }: KnownBill,
): Promise<void> {
  if (costSource !== null && actualMicros === micros) return
  const bill = { billableUnits: units, billedAs: endpointId, micros, source: 'billing_events' as const }
  await store.record(jobId, () => [{ type: 'cost_settled', bill, charge }], { source: 'system' })
}

function addDrift(drifts: Map<string, Drift>, { endpointId, micros }: BilledRequest, bill: KnownBill): void {
  const { jobs, knownMicros, falMicros } = drifts.get(endpointId) ?? { jobs: 0, knownMicros: 0, falMicros: 0 }
  const known = bill.costSource === null ? 0 : (bill.actualMicros ?? 0)
  drifts.set(endpointId, {
    jobs: jobs + (known === micros ? 0 : 1),
    knownMicros: knownMicros + known,
    falMicros: falMicros + micros,
  })
}

function report({ onCompared, log }: CompareBillsDeps, drifts: ReadonlyMap<string, Drift>): void {
  const sums = { compared: 0, over: 0, under: 0 }
  for (const [endpointId, { jobs, knownMicros, falMicros }] of drifts) {
    const drift = falMicros - knownMicros
    sums.compared += falMicros
    sums.over += Math.max(0, drift)
    sums.under += Math.max(0, -drift)
    if (jobs > 0)
      log.warn(
        { endpointId, jobs, knownMicros, falMicros },
        'FAL billed otherwise than was known: costs corrected',
      )
  }
  onCompared(sums)
}
