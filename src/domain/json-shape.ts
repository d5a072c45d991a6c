/**
 * Measures a JSON text without parsing it: a text of a few megabytes can hold millions of values, keys of megabytes or
 * endless nesting, and each later step pays for them. Invariant: one pass, which ends at the first limit exceeded.
 */

export interface ShapeLimits {
  /** Members, items and the value itself. */
  values: number
  levels: number
  /** Of one key, in bytes as written. */
  keyBytes: number
  /** Of one number, in characters. */
  numberLength: number
}

/** The limit that a text exceeds. */
export type ShapeFault = keyof ShapeLimits

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a

/** The first limit that `text` exceeds, or null. A text that is not JSON is measured as far as it looks like it. */
export function shapeFault(text: Buffer, limits: ShapeLimits): ShapeFault | null {
  let values = 1
  let levels = 0
  let lastString = 0
  let at = 0
  while (at < text.length) {
    const byte = text[at] as number
    if (byte === quote) {
      const end = endOfString(text, at)
      lastString = end - at
      at = end
    } else if (byte === comma) {
      values += 1
      if (values > limits.values) return 'values'
    } else if (byte === colon) {
      if (lastString > limits.keyBytes) return 'keyBytes'
    } else if (isOpening(byte)) {
      levels += 1
      values += 1
      if (levels > limits.levels) return 'levels'
      if (values > limits.values) return 'values'
    } else if (isClosing(byte)) {
      levels -= 1
    } else if (isNumeric(byte)) {
      const from = at
      while (at + 1 < text.length && isNumeric(text[at + 1] as number)) at += 1
      if (at - from >= limits.numberLength) return 'numberLength'
    }
    at += 1
  }
  return null
}

/** The index of the closing quote; the end of the text when there is none. */
function endOfString(text: Buffer, start: number): number {
  for (let end = text.indexOf(quote, start + 1); end !== -1; end = text.indexOf(quote, end + 1)) {
    let before = end
    while (text[before - 1] === backslash) before -= 1
    if ((end - before) % 2 === 0) return end
  }
  return text.length
}

const isOpening = (byte: number): boolean => byte === 0x5b || byte === 0x7b
const isClosing = (byte: number): boolean => byte === 0x5d || byte === 0x7d
/** Digits, sign, point and exponent. */
const isNumeric = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2b ||
  byte === 0x2d ||
  byte === 0x2e ||
  byte === 0x45 ||
  byte === 0x65
