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

export function insufficientCredits(neededMicros: number, availableMicros: number): AppError {
  const missingMicros = neededMicros - availableMicros
  return new AppError(
    'INSUFFICIENT_CREDITS',
    `The job needs ${formatUsd(neededMicros)} USD of credit and ${formatUsd(availableMicros)} USD are available.`,
    { extensions: { credits: { neededMicros, availableMicros, missingMicros, currency: 'USD' } } },
  )
}
