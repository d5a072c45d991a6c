/** Bounds the streams that job tokens of one job hold open in this process. */
import { AppError } from '../../domain/errors.ts'

/** Enough for many viewers, but not all connections. */
export const tokenStreamsPerJob = 100

export const tooManyTokenStreams = (): AppError =>
  new AppError(
    'RATE_LIMITED',
    `The tokens of this job have ${tokenStreamsPerJob} open streams, the most that one process serves. Close a stream, or try again after Retry-After.`,
    { retryAfterSeconds: 5 },
  )

export interface TokenStreamLimit {
  /** Takes a slot; returns the function that releases it. null when all are taken. */
  take(jobId: string): (() => void) | null
}

export function createTokenStreamLimit(perJob: number = tokenStreamsPerJob): TokenStreamLimit {
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
