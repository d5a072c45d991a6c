/**
 * FAL keys: which one to use for what, their fingerprints, and the redaction that removes them from every text passed
 * on.
 */
import { hash } from 'node:crypto'

export interface FalKeys {
  /** `FAL_KEY` or its alias. */
  primary: string
  /** `FAL_KEY_NEW`: used for new submits. */
  next?: string | undefined
}

/** A key's fingerprint, kept with the job it sent: the first 12 hex digits of its SHA-256. */
export const keyRef = (key: string): string => hash('sha256', key, 'hex').slice(0, 12)

export interface KeyRing {
  /** Newest first; a key is tried only when FAL refused the previous one. */
  forSubmit(): string[]
  /** The key that sent the request first, then the other: both see the same account while a rotation lasts. */
  forRequest(ref: string | null): string[]
  /** Replaces the keys; the old ones are still redacted. */
  replace(keys: FalKeys): void
  /** The text with every key, and every key's secret half, redacted. */
  redact(text: string): string
}

export function createKeyRing(keys: FalKeys): KeyRing {
  let both = bothOf(keys)
  const secrets = new Set(both.flatMap(secretsOf))
  return {
    forSubmit: () => both.toReversed(),
    forRequest: (ref) => {
      const sender = both.find((key) => keyRef(key) === ref)
      return sender === undefined ? [...both] : [sender, ...both.filter((key) => key !== sender)]
    },
    replace(next) {
      both = bothOf(next)
      for (const secret of both.flatMap(secretsOf)) secrets.add(secret)
    },
    redact: (text) =>
      [...secrets].reduce((clean, s) => (clean.includes(s) ? clean.replaceAll(s, '[FAL key]') : clean), text),
  }
}

const bothOf = ({ primary, next }: FalKeys): string[] =>
  next === undefined || next === primary ? [primary] : [primary, next]

const secretsOf = (key: string): string[] =>
  [key, key.slice(key.indexOf(':') + 1)].filter((secret) => secret.length >= 8)

export const authorization = (key: string): string => `Key ${key}`
