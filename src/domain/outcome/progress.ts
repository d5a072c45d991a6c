/** Reads a model's progress from its logs: the last match of the common spellings wins. An estimate only. */
import type { Job } from '../job.ts'
import type { FalLog } from './outcome.ts'

/** A model that prints 100 % may still have to encode and upload: only FAL's own word is completion. */
const ceiling = 0.99

/** Jobs that usually take longer than this, in seconds, are polled for progress. */
export const slowFromSeconds = 10

/** Each pattern captures either a share (one number) or a count and its total (two numbers). */
const spellings: readonly { pattern: RegExp; read: (first: number, second: number) => number }[] = [
  // tqdm: ` 45%|████▌     | 9/20 [00:03<00:04]`
  { pattern: /(\d{1,3}(?:\.\d+)?)\s?%\s?\|/, read: (percent) => percent / 100 },
  { pattern: /\bsteps?\b[\s:#]*(\d{1,6})\s?(?:\/|of)\s?(\d{1,6})\b/i, read: (done, total) => done / total },
  { pattern: /\b(\d{1,6})\s?\/\s?(\d{1,6})\s?\[/, read: (done, total) => done / total },
  {
    pattern: /\bprogress\b["']?\s?[:=]\s?(\d{1,3}(?:\.\d+)?)\s?%/i,
    read: (percent) => percent / 100,
  },
  {
    pattern: /\bprogress\b["']?\s?[:=]\s?(\d{1,3}(?:\.\d+)?)(?![\d.]*\s?%)/i,
    // `progress: 40` is a percentage, `progress: 0.4` a share.
    read: (value) => (value > 1 ? value / 100 : value),
  },
]

/**
 * How far a running job likely is by the time jobs of its endpoint usually take from submit to completion: nine
 * tenths at the usual time, then ever slower. It only rises, so the maximum of it and FAL's own progress never
 * decreases.
 */
export function estimatedProgress(
  job: Pick<Job, 'status' | 'submittedAt' | 'expectedSeconds'>,
  now: number,
): number {
  const { status, submittedAt, expectedSeconds } = job
  if (status !== 'running' || submittedAt === null || expectedSeconds === null || expectedSeconds <= 0)
    return 0
  const share = Math.max(0, now - submittedAt) / (expectedSeconds * 1000)
  const estimate = share <= 1 ? share * 0.9 : ceiling - (ceiling - 0.9) * Math.exp(1 - share)
  return Math.round(estimate * 1000) / 1000
}

/** 0..0.99, or null when no line shows it. `logs` oldest first, as FAL gives them. */
export function percentFromLogs(logs: readonly FalLog[]): number | null {
  for (const { message } of logs.toReversed()) {
    const share = shareIn(message)
    if (share !== null) return share
  }
  return null
}

function shareIn(message: string): number | null {
  // tqdm redraws one line with carriage returns: the last drawing counts. The cap keeps hostile lines cheap.
  const line =
    message
      .slice(-2_000)
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1) ?? ''
  for (const { pattern, read } of spellings) {
    const match = pattern.exec(line)
    if (match === null) continue
    const share = read(Number(match[1]), Number(match[2]))
    if (Number.isFinite(share) && share >= 0 && share <= 1) return Math.min(share, ceiling)
  }
  return null
}
