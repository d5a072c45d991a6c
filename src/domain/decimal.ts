/** Exact decimal numbers, for FAL's units and prices: a binary fraction would round what is billed. */

/** `digits / 10^scale`, never negative. */
export interface Decimal {
  digits: bigint
  scale: number
}

/** More digits than any count or price has: a longer text is an error, and costs time to multiply. */
const digitsAtMost = 60

/** Reads `4`, `0.92`, `8.439999999999998` or `1e-05`; null for anything else. */
export function readDecimal(text: string): Decimal | null {
  const match = /^(\d{1,40})(?:\.(\d{0,40}))?(?:e([+-]?\d{1,2}))?$/i.exec(text.trim())
  if (match === null) return null
  const [, whole = '', fraction = '', exponent = '0'] = match
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, -scale))
  return Math.abs(scale) > digitsAtMost ? null : { digits, scale: Math.max(0, scale) }
}

/** Of a number as it was written in JSON: its shortest text is what FAL wrote. */
export const decimalOf = (value: number): Decimal | null => readDecimal(String(value))

export const times = (a: Decimal, b: Decimal): Decimal => ({
  digits: a.digits * b.digits,
  scale: a.scale + b.scale,
})

/** The nearest whole number; a half goes up. */
export function rounded({ digits, scale }: Decimal): bigint {
  const one = 10n ** BigInt(scale)
  return (2n * digits + one) / (2n * one)
}

/** Without an exponent and without zeros at the end: `8.44`. */
export function decimalText({ digits, scale }: Decimal): string {
  const text = digits.toString().padStart(scale + 1, '0')
  const whole = text.slice(0, text.length - scale)
  const fraction = text.slice(text.length - scale).replace(/0+$/, '')
  return scale === 0 || fraction === '' ? whole : `${whole}.${fraction}`
}
