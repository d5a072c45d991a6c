/**
 * The cost part of the state machine: when FAL is asked for the bill of a request, what its answer changes, and how a
 * reservation ends that its job left behind. Invariant: a cost is settled once; only FAL's billing events correct it, once.
 */
import type { EventDraft, Fact, Transition, TransitionContext } from '../facts.ts'
import { isFinal, type Job } from '../job.ts'
import { settlementOf } from '../money/job-cost.ts'
import { firstReadAfterMs } from '../money/settle-schedule.ts'

/** Whether FAL has nothing more to do for the job, so that its bill can be known. */
const isOverAtFal = (job: Job): boolean => isFinal(job.status) && !job.openAtFal && job.requestId !== null

/** The bill is asked for some time after a change that ended the request, and after a render that followed all the same. */
export function settlingOf(before: Job, after: Job, now: number): Partial<Job> {
  if (!isOverAtFal(after) || after.costSource !== null) return {}
  const isNews = !isOverAtFal(before) || (after.falStatus === 'COMPLETED' && before.falStatus !== 'COMPLETED')
  return isNews ? { settledAt: null, settleAt: now + firstReadAfterMs, settleAttempts: 0 } : {}
}

/** null when the bill was known, or is no more than what is known. */
export function costSettled(
  job: Job,
  { bill, charge }: Extract<Fact, { type: 'cost_settled' }>,
  { source, now }: TransitionContext,
): Transition | null {
  if (!isOverAtFal(job)) return null
  if (job.settledAt !== null && !corrects(job, bill)) return null
  const billableUnits = bill.billableUnits ?? job.billableUnits
  const billedAs = billableUnits === null ? null : (bill.billedAs ?? job.billedAs ?? job.endpointId)
  const patch: Partial<Job> = {
    settledAt: now,
    settleAt: null,
    billableUnits,
    billedAs,
    actualMicros: bill.micros,
    costSource: bill.source,
  }
  const isAdjusted =
    charge === 'actual' && bill.micros !== null && (job.chargedMicros ?? bill.micros) !== bill.micros
  if (isAdjusted) patch.chargedMicros = bill.micros
  const data = { actualMicros: bill.micros, source: bill.source, billableUnits, billedAs }
  const events: EventDraft[] = billableUnits === null ? [] : [{ type: 'job.cost_settled', source, data }]
  return { patch, events, ledger: isAdjusted ? 'adjust' : null, tasks: [], callbacks: [] }
}

/** Settles it as the end of the request should have; null when that is to come, or the job has changed since it was found. */
export function reservationLost(
  job: Job,
  { reservedMicros, version }: Extract<Fact, { type: 'reservation_lost' }>,
  { source }: TransitionContext,
): Transition | null {
  if (!isFinal(job.status) || job.openAtFal || job.version !== version) return null
  const settlement = settlementOf(job)
  const chargedMicros = settlement === 'capture' ? (job.chargedMicros ?? reservedMicros) : job.chargedMicros
  return {
    patch: { chargedMicros },
    events: [{ type: 'job.credits_settled', source, data: { settlement, reservedMicros } }],
    ledger: settlement,
    unreservedMicros: reservedMicros,
    tasks: [],
    callbacks: [],
  }
}

const corrects = (job: Job, { micros, source }: Extract<Fact, { type: 'cost_settled' }>['bill']): boolean =>
  source === 'billing_events' &&
  micros !== null &&
  job.costSource !== 'billing_events' &&
  (job.costSource === null || job.actualMicros !== micros)
