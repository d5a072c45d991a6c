/** The words of credits: accounts, ledger entries, and the refusal of a job that they do not cover. Micro-USD throughout. */
import { AppError } from '../errors.ts'
import { formatUsd } from './money.ts'

export const ledgerTypes = ['grant', 'reserve', 'capture', 'release', 'adjust'] as const
export type LedgerType = (typeof ledgerTypes)[number]

/** The owner of an account: a client, or one of its users. */
export interface AccountOwner {
  clientId: string
  userId: string | null
}

export interface Account extends AccountOwner {
  /** The sum of all entries' `balanceChange`: what was granted and not yet spent. */
  balanceMicros: number
  /** The part of it that running jobs have claimed. */
  reservedMicros: number
  /** For renders that FAL made and the balance did not cover: the next credit pays it, and no job is accepted before. */
  owedMicros: number
}

export interface LedgerEntry {
  id: string
  /** Per account, from 1, no gaps. */
  seq: number
  type: LedgerType
  balanceChange: number
  reservedChange: number
  balanceAfter: number
  reservedAfter: number
  owedChange: number
  owedAfter: number
  jobId: string | null
  reason: string | null
  createdAt: number
}

export interface Grant extends AccountOwner {
  amountMicros: number
  reason: string
  /** The client that grants, and its Idempotency-Key. */
  grantedBy: string
  key: string | null
}

/** How a charge divides: what the reservation pays, and what is still owed beyond it. Never negative. */
export function settleCapture(
  reservedMicros: number,
  chargedMicros: number | null,
): { captured: number; excess: number } {
  const cost = chargedMicros ?? reservedMicros
  return { captured: Math.min(cost, reservedMicros), excess: Math.max(0, cost - reservedMicros) }
}

export function insufficientCredits(
  neededMicros: number,
  { availableMicros, owedMicros }: { availableMicros: number; owedMicros: number },
): AppError {
  const missingMicros = neededMicros - availableMicros + owedMicros
  const message =
    owedMicros > 0
      ? `The account owes ${formatUsd(owedMicros)} USD for renders that its credit did not cover. Grant that much before the next job.`
      : `The job needs ${formatUsd(neededMicros)} USD of credit and ${formatUsd(availableMicros)} USD are available.`
  const credits = { neededMicros, availableMicros, missingMicros, owedMicros, currency: 'USD' }
  return new AppError('INSUFFICIENT_CREDITS', message, { extensions: { credits } })
}
