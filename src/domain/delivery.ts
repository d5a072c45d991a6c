/**
 * What becomes of a webhook that FAL signed: whether its account is ours, and whether it settles a job or is kept for one
 * that does not show yet. Pure: the store reads what is asked for here and writes the judgement.
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
  /** Of another account: nothing of it is kept. */
  | { type: 'foreign' }
  /** Its account is to be kept as ours first, `overruling` one that was learned; then it is judged again by what is kept. */
  | { type: 'new_account'; falUserId: string; overruling: boolean }
  /** It waits in the inbox until a job turns out to have its request. `job`: the one that has another. */
  | { type: 'unmatched'; job: Job | null }
  | { type: 'settles'; job: Job; facts: readonly Fact[] }

export function judgeDelivery(
  { requestId, falUserId, accountIsPinned }: SignedDelivery,
  { job, account, decide }: DeliverySubject,
): DeliveryJudgement {
  if (accountIsPinned && account !== falUserId) return { type: 'new_account', falUserId, overruling: true }
  if (!isBelieved(falUserId, account)) return { type: 'foreign' }
  if (job === null) return { type: 'unmatched', job }
  // Only a job of ours shows that the account is: a stranger's delivery teaches nothing.
  if (account === null) return { type: 'new_account', falUserId, overruling: false }
  const facts = decide(job)
  const isSecondRequest = job.requestId !== null && job.requestId !== requestId
  // Of a job's second request nothing may be of use; it may still turn out to be another job's.
  return isSecondRequest && facts.length === 0 ? { type: 'unmatched', job } : { type: 'settles', job, facts }
}

/** Before an account is learned, every one may be ours. */
export const isBelieved = (falUserId: string, account: string | null): boolean =>
  account === null || account === falUserId

/** Nothing of what an erased job was about comes back in through a repetition. */
export const isBodyKept = (job: Job | null): boolean => job === null || job.erasedAt === null
