/** How far a model says it is, read from its logs: the last of the common progress spellings wins. Never a promise. */
import type { FalLog } from './outcome.ts'

/** A model that prints 100 % may still have to encode and upload: only FAL's own word is completion. */
const ceiling = 0.99

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

/** 0..0.99, or null when no line tells. `logs` oldest first, as FAL gives them. */
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
