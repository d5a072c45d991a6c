/** Limits concurrent downloads, in total and per host; further ones wait in order of arrival. */
import { ArchiveError } from '../../domain/archive-error.ts'

export interface DownloadLimits {
  /** Maximum concurrent downloads in this process. */
  total: number
  /** Maximum concurrent downloads from one host. */
  perHost: number
}

export interface DownloadSlots {
  /** Waits for a slot; call what it resolves to when the download has ended, any number of times. */
  take(host: string, signal?: AbortSignal): Promise<() => void>
}

interface Waiting {
  host: string
  start: () => void
}

/** A download waiting for a busy host does not block later ones from other hosts. */
export function createDownloadSlots(limits: DownloadLimits): DownloadSlots {
  const busy = new Map<string, number>()
  const queue: Waiting[] = []
  let running = 0

  const isFree = (host: string) => running < limits.total && (busy.get(host) ?? 0) < limits.perHost

  function occupy(host: string): () => void {
    running += 1
    busy.set(host, (busy.get(host) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      running -= 1
      const left = (busy.get(host) ?? 1) - 1
      if (left === 0) busy.delete(host)
      else busy.set(host, left)
      startNext()
    }
  }

  function startNext(): void {
    const at = queue.findIndex(({ host }) => isFree(host))
    if (at !== -1) queue.splice(at, 1)[0]?.start()
  }

  return {
    take(host, signal) {
      if (signal?.aborted) return Promise.reject(stopped(signal))
      if (isFree(host)) return Promise.resolve(occupy(host))
      const { promise, resolve, reject } = Promise.withResolvers<() => void>()
      const giveUp = () => {
        queue.splice(queue.indexOf(waiting), 1)
        reject(stopped(signal))
      }
      const waiting: Waiting = {
        host,
        start() {
          signal?.removeEventListener('abort', giveUp)
          resolve(occupy(host))
        },
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      queue.push(waiting)
      return promise
    },
  }
}

const stopped = (signal: AbortSignal | undefined): ArchiveError =>
  new ArchiveError('later', 'the download was stopped before it began', signal?.reason)
