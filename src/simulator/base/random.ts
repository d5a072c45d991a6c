/** Random numbers from a seed: the same seed gives the same ids, pictures and random faults in the same order. */

export interface Random {
  readonly seed: number
  /** A number in [0, 1). */
  next(): number
  /** A whole number in [0, limit). */
  below(limit: number): number
  uuid(): string
  /** A UUIDv7 of this time in ms. */
  uuidOf(ms: number): string
  /** Text of the given length over FAL's file-name alphabet. */
  word(length: number): string
  hex(length: number): string
}

const nameAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_'

/** Mulberry32: 32 bits of state are plenty for test data; not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join('')
  const hex = (length: number) => pick('0123456789abcdef', length)
  return {
    seed,
    next,
    below,
    hex,
    word: (length) => pick(nameAlphabet, length),
    uuidOf(ms) {
      const time = Math.trunc(ms).toString(16).padStart(12, '0')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${pick('89ab', 1)}${hex(3)}-${hex(12)}`
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${pick('89ab', 1)}${hex(3)}-${hex(12)}`,
  }
}

/** A seed derived from a text (FNV-1a). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
