/** Token buckets by name, in this process: each refills steadily up to its burst. Memory is bounded. */
import type { Clock } from '../ports/clock.ts'

export interface Taken {
  allowed: boolean
  /** Whole tokens left. */
  remaining: number
  /** Seconds until the bucket is full again. */
  fullInSeconds: number
  /** Seconds until there is a token; 0 when allowed. */
  nextInSeconds: number
}

export interface TokenBuckets {
  /** Takes one token when there is one. `perSecond` above 0; `burst` at least 1. */
  take(name: string, perSecond: number, burst: number): Taken
  /** Puts one token back. */
  giveBack(name: string): void
}

interface Bucket {
  tokens: number
  at: number
  perSecond: number
  burst: number
}

/** Share of the bound that is kept after an eviction. */
const keptShare = 0.9

export function createTokenBuckets({ clock, atMost }: { clock: Clock; atMost: number }): TokenBuckets {
  const buckets = new Map<string, Bucket>()

  /**
   * A full bucket equals a missing one and is dropped first; then the least recently used go, several at once, so
   * that a flood of names does not scan all buckets for each.
   */
  function makeRoom(now: number): void {
    for (const [name, bucket] of buckets) if (levelOf(bucket, now) >= bucket.burst) buckets.delete(name)
    for (const name of buckets.keys()) {
      if (buckets.size < atMost * keptShare) return
      buckets.delete(name)
    }
  }

  return {
    take(name, perSecond, burst) {
      const now = clock.now()
      const old = buckets.get(name)
      if (old === undefined && buckets.size >= atMost) makeRoom(now)
      const level = old === undefined ? burst : Math.min(burst, levelOf({ ...old, perSecond, burst }, now))
      const allowed = level >= 1
      const tokens = allowed ? level - 1 : level
      // Deleted first, so that the map's order is that of use.
      buckets.delete(name)
      buckets.set(name, { tokens, at: now, perSecond, burst })
      return {
        allowed,
        remaining: Math.floor(tokens),
        fullInSeconds: (burst - tokens) / perSecond,
        nextInSeconds: allowed ? 0 : (1 - tokens) / perSecond,
      }
    },
    giveBack(name) {
      const bucket = buckets.get(name)
      if (bucket !== undefined) bucket.tokens = Math.min(bucket.burst, bucket.tokens + 1)
    },
  }
}

const levelOf = (bucket: Bucket, now: number): number =>
  Math.min(bucket.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * bucket.perSecond)
