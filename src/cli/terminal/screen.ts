/** What the demo shows: finished lines above, one moving bar per job below on a terminal; in a pipe only the lines. */

import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { plainText } from './plain-text.ts'

export interface Screen {
  line(text: string): void
  /** One step of a job, `atSeconds` after its creation. */
  step(job: string, atSeconds: number, what: string, detail: string): void
  /** Redraws the job's bar; `progress` is 0 to 1. */
  progress(job: string, status: string, progress: number): void
  /** The bars stay as they are and nothing moves any more. */
  end(): void
}

const barWidth = 30

export function createScreen(out: WriteStream): Screen {
  const bars = new Map<string, string>()
  let drawn = 0

  const draw = (lines: string[]) => {
    if (!out.isTTY) {
      for (const line of lines) out.write(`${line}\n`)
      return
    }
    if (drawn > 0) out.moveCursor(0, -drawn)
    out.cursorTo(0)
    out.clearScreenDown()
    for (const line of [...lines, ...bars.values()]) out.write(`${line}\n`)
    drawn = bars.size
  }

  return {
    line: (text) => draw([plainText(text)]),
    step(job, atSeconds, what, detail) {
      const time = `${atSeconds.toFixed(2).padStart(6)} s`
      draw([
        `${styleText('dim', time, { stream: out })}  ${job.padEnd(6)} ${what.padEnd(18)} ${plainText(detail)}`,
      ])
    },
    progress(job, status, progress) {
      const full = Math.round(progress * barWidth)
      const bar = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`
      const percent = `${Math.round(progress * 100)}`.padStart(3)
      const line = `${job.padEnd(6)} ${styleText('cyan', bar, { stream: out })} ${percent} %  ${plainText(status)}`
      if (bars.get(job) === line) return
      bars.set(job, line)
      if (out.isTTY) draw([])
    },
    end() {
      if (out.isTTY) draw([])
      bars.clear()
      drawn = 0
    },
  }
}
