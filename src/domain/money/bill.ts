/** What FAL bills: its units times the bare unit price of the endpoint that it charged, in exact decimals. */
import { decimalOf, readDecimal, rounded, times } from '../decimal.ts'
import type { Job } from '../job.ts'

/** A million dollars: a larger amount is an error, not a price. */
export const mostBillMicros = 1_000_000_000_000

/**
 * Micro-USD. FAL's statements count to a billionth of a dollar, so the product is first rounded to that (which removes
 * the noise of units such as 8.439999999999998) and then up to the next micro-dollar. null when it is no amount.
 */
export function billMicros(units: string, unitPriceUsd: number): number | null {
  const count = readDecimal(units)
  const price = decimalOf(unitPriceUsd)
  if (count === null || price === null) return null
  const nanos = rounded(times(times(count, price), { digits: 1_000_000_000n, scale: 0 }))
  const micros = Number((nanos + 999n) / 1000n)
  return micros <= mostBillMicros ? micros : null
}

/** FAL's bill. An older version also stored results of price rules as `actualMicros`, without a source: those are no bills. */
export const billOf = ({
  actualMicros,
  costSource,
}: Pick<Job, 'actualMicros' | 'costSource'>): number | null => (costSource === null ? null : actualMicros)
