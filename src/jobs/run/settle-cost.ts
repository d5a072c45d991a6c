/**
 * Settles the cost of a job whose request has ended: FAL's count of units, from the headers of its result, times the
 * bare price of the endpoint that FAL charged. One read is enough as a rule. Invariants: a cost is FAL's bill or is
 * not known; 0 units are free only where FAL's list says that a unit costs nothing.
 */
import type { Bill, ChargePolicy } from '../../domain/facts.ts'
import type { Job } from '../../domain/job.ts'
import { billMicros } from '../../domain/money/bill.ts'
import { deferredUnitsMs, forgottenReads, isLastRead } from '../../domain/money/settle-schedule.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal } from '../../ports/fal.ts'
import type { JobSchedule } from '../../ports/job-schedule.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { UnitPriceOf } from '../models/unit-prices.ts'
import { refOf } from './poll-job.ts'

export interface SettleCostDeps {
  store: Pick<JobStore, 'get' | 'record'>
  schedule: Pick<JobSchedule, 'settleLater'>
  fal: Pick<Fal, 'bill'>
  unitPriceOf: UnitPriceOf
  charge: ChargePolicy
  clock: Clock
  log: Pick<Logger, 'info' | 'warn'>
}

/** `later`: another read follows. */
export type SettleCost = (jobId: string, signal?: AbortSignal) => Promise<'settled' | 'later' | 'nothing'>

/** The result of one read. `again`: when to read once more; null: as the schedule says. */
type Found = { bill: Bill } | { again: number | null }

export function makeSettleCost(deps: SettleCostDeps): SettleCost {
  const { store, schedule, clock, log } = deps

  return async function settleCost(jobId, signal) {
    const job = await store.get(jobId)
    if (job === null || job.settleAt === null || job.requestId === null) return 'nothing'
    const found = await billOfRequest(job, job.requestId, signal)
    if ('bill' in found || isLastRead(job.settleAttempts)) {
      const bill = 'bill' in found ? found.bill : unknownBill
      await store.record(jobId, () => [{ type: 'cost_settled', bill, charge: deps.charge }], {
        source: 'system',
      })
      if (bill.micros === null) log.info({ jobId, units: bill.billableUnits }, 'cost of a job stays unknown')
      return 'settled'
    }
    if (found.again !== null) await schedule.settleLater(jobId, found.again)
    return 'later'
  }

  async function billOfRequest(job: Job, requestId: string, signal?: AbortSignal): Promise<Found> {
    // A poll that read the result has its units already.
    if (job.billableUnits !== null && Number(job.billableUnits) > 0)
      return priced({ billableUnits: job.billableUnits, billedAs: job.billedAs }, job, signal)
    const answer = await deps.fal.bill(refOf(job, requestId), signal)
    switch (answer.type) {
      case 'silent':
        log.warn({ jobId: job.id, reason: answer.reason }, "FAL's bill could not be read; will retry")
        return { again: null }
      case 'running':
        return { again: null }
      case 'forgotten':
        return job.settleAttempts < forgottenReads ? { again: null } : { bill: unknownBill }
      case 'reported': {
        const { billableUnits, billedAs } = answer
        const isCounted = billableUnits !== null && Number(billableUnits) > 0
        const found: Found =
          billableUnits === null
            ? { bill: unknownBill }
            : await priced({ billableUnits, billedAs }, job, signal)
        return isCounted || !answer.succeeded ? found : afterDeferral(job, found)
      }
    }
  }

  /** No units of a success: the app may count them after its answer. */
  function afterDeferral(job: Job, found: Found): Found {
    const isKnown = 'bill' in found && found.bill.micros !== null
    const counted = (job.falCompletedAt ?? job.completedAt ?? job.createdAt) + deferredUnitsMs
    return isKnown || clock.now() >= counted ? found : { again: counted }
  }

  async function priced(
    { billableUnits, billedAs }: { billableUnits: string; billedAs: string | null },
    job: Job,
    signal: AbortSignal | undefined,
  ): Promise<Found> {
    const price = await deps.unitPriceOf(billedAs ?? job.endpointId, signal)
    if (price.type === 'silent') return { again: null }
    const isFree = price.type === 'known' && price.unitPriceUsd === 0
    const isCounted = Number(billableUnits) > 0
    const micros =
      price.type === 'known' && (isCounted || isFree) ? billMicros(billableUnits, price.unitPriceUsd) : null
    return { bill: { billableUnits, billedAs, micros, source: micros === null ? null : 'units' } }
  }
}

const unknownBill: Bill = { billableUnits: null, billedAs: null, micros: null, source: null }
