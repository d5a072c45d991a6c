/**
 * Money as integer micro-USD (1 USD = 1,000,000). Every computed amount is rounded up, so that an estimate is never
 * below what its rule says.
 */

/** Micro-USD of a dollar amount, rounded up to the next whole micro-dollar. */
export function usdToMicros(usd: number): number {
  return ceilMicros(usd * 1_000_000)
}

/** Dollars as text with as many decimals as needed, at least two: `0.60`, `0.0398`. */
export function formatUsd(micros: number): string {
  const [whole = '0', decimals = ''] = (micros / 1_000_000).toFixed(6).split('.')
  return `${whole}.${decimals.replace(/0{1,4}$/, '')}`
}

/**
 * The next whole micro-dollar at or above `micros`. Noise of binary fractions is cut off first: 1400.0000000000002 is
 * 1400, not 1401, and zero has no sign. It grows with the amount, so beyond a thousand dollars more than a millionth is noise.
 */
export function ceilMicros(micros: number): number {
  return Math.ceil(micros - Math.max(1e-6, Math.abs(micros) * 4 * Number.EPSILON)) + 0
}
