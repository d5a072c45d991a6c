/**
 * Judges a webhook that FAL signed: whether its account is ours, and whether it settles a job or waits as an
 * unmatched delivery. Pure: the store reads the facts required here and writes the verdict.
 */
import type { Fact } from './facts.ts'
import type { Job } from './job.ts'

export interface SignedDelivery {
  requestId: string
  falUserId: string
  /** The account was checked against the configured one, which overrules what was learned. */
  accountIsPinned: boolean
}

export interface DeliverySubject {
  /** The owner of the request, else the job that our URL names by its token; null when there is neither. */
  job: Job | null
  /** The account that was learned from an earlier delivery; null before the first. */
  account: string | null
  /** What the delivery says of the job. */
  decide: (job: Job) => readonly Fact[]
}

export type DeliveryJudgement =
  /** It belongs to another account: nothing of it is stored. */
  | { type: 'foreign' }
  /** Its account must first be stored as ours, `overruling` a learned one; then the delivery is judged again. */
  | { type: 'new_account'; falUserId: string; overruling: boolean }
  /** It waits in the inbox until a job is known to have its request. `job`: a job that has another request. */
  | { type: 'unmatched'; job: Job | null }
  | { type: 'settles'; job: Job; facts: readonly Fact[] }

export function judgeDelivery(
  { requestId, falUserId, accountIsPinned }: SignedDelivery,
  { job, account, decide }: DeliverySubject,
): DeliveryJudgement {
  if (accountIsPinned && account !== falUserId) return { type: 'new_account', falUserId, overruling: true }
  if (!isBelieved(falUserId, account)) return { type: 'foreign' }
  if (job === null) return { type: 'unmatched', job }
  // An account is learned only from a delivery for one of our jobs.
  if (account === null) return { type: 'new_account', falUserId, overruling: false }
  const facts = decide(job)
  const isSecondRequest = job.requestId !== null && job.requestId !== requestId
  // A second request of a job changes nothing; the delivery may still belong to another job.
  return isSecondRequest && facts.length === 0 ? { type: 'unmatched', job } : { type: 'settles', job, facts }
}

/** Until an account is learned, every account is accepted. */
export const isBelieved = (falUserId: string, account: string | null): boolean =>
  account === null || account === falUserId

/** A repeated delivery must not bring back content of an erased job. */
export const isBodyKept = (job: Job | null): boolean => job === null || job.erasedAt === null
