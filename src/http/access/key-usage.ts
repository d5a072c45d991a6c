/** Records when keys were last used and writes that in batches, so that no request pays for a write. */

import type { Clock } from '../../ports/clock.ts'
import type { KeyAdmin } from '../../ports/keys.ts'
import type { Logger } from '../../ports/logger.ts'

export interface KeyUsage {
  note(keyId: string): void
  /** Writes the recorded uses; a failure is logged, and later uses are recorded again. */
  flush(): Promise<void>
}

const flushEveryMs = 30_000

export function createKeyUsage(deps: {
  keys: Pick<KeyAdmin, 'noteUse'>
  clock: Clock
  log: Pick<Logger, 'warn'>
}): KeyUsage {
  const uses = new Map<string, number>()
  let timer: NodeJS.Timeout | null = null

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const noted = new Map(uses)
    uses.clear()
    if (noted.size === 0) return
    try {
      await deps.keys.noteUse(noted)
    } catch (error) {
      deps.log.warn({ err: error }, 'last use of keys could not be written')
    }
  }

  return {
    note(keyId) {
      uses.set(keyId, deps.clock.now())
      timer ??= setTimeout(() => void flush(), flushEveryMs).unref()
    },
    flush,
  }
}
