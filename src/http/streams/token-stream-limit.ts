/** Bounds the streams that job tokens of one job hold open in this process. */

export interface TokenStreamLimit {
  /** Takes a slot; returns the function that releases it. null when all are taken. */
  take(jobId: string): (() => void) | null
}

export function createTokenStreamLimit(perJob: number): TokenStreamLimit {
  const taken = new Map<string, number>()
  return {
    take(jobId) {
      const count = taken.get(jobId) ?? 0
      if (count >= perJob) return null
      taken.set(jobId, count + 1)
      return () => {
        const left = (taken.get(jobId) ?? 0) - 1
        if (left > 0) taken.set(jobId, left)
        else taken.delete(jobId)
      }
    },
  }
}
