/** Puts synced files in place and makes their names durable: rename, then fsync of the folders; files that end together share one. */
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BoundedMap } from '../../../concurrency/bounded-map.ts'
import { errorCode } from './folder-errors.ts'

export interface FolderNames {
  /** Makes the folders that a file will lie in. Resolves to whether one was missing. */
  makeRoom(target: string): Promise<boolean>
  /** Renames over whatever is there. When it resolves, the name and those of all folders above it outlive a crash. */
  moveIntoPlace(temporary: string, target: string): Promise<void>
}

interface Round {
  running: Promise<void>
  /** Begins when the running one has ended, since that may have looked before the newest names were there. */
  next: Promise<void> | null
}

/** So many folders are remembered: those of the jobs at hand, and the ones above them. */
const mostKnown = 10_000

/** `root` itself is taken to be there for good. */
export function createFolderNames(root: string): FolderNames {
  const rounds = new Map<string, Round>()
  /** Folders whose own names are known to outlive a crash: that one is there does not say so, its maker may have been killed. */
  const known = new BoundedMap<string, true>(mostKnown)

  return {
    async makeRoom(target) {
      const parent = dirname(target)
      const firstMade = await mkdir(parent, { recursive: true })
      if (firstMade === undefined) return false
      for (let folder = parent; folder.length >= firstMade.length; folder = dirname(folder))
        known.delete(folder)
      return true
    },
    async moveIntoPlace(temporary, target) {
      await rename(temporary, target)
      const fresh: string[] = []
      let folder = dirname(target)
      for (; folder !== root && !known.has(folder); folder = dirname(folder)) fresh.push(folder)
      await Promise.all([...new Set([dirname(target), ...fresh.map(dirname)])].map(syncTogether))
      for (const name of fresh) known.set(name, true)
    },
  }

  /** All that ask while a sync is under way share the next. */
  function syncTogether(folder: string): Promise<void> {
    const round = rounds.get(folder)
    if (round === undefined) return begin(folder)
    round.next ??= round.running.then(
      () => begin(folder),
      () => begin(folder),
    )
    return round.next
  }

  function begin(folder: string): Promise<void> {
    const round: Round = { running: syncFolder(folder), next: null }
    rounds.set(folder, round)
    const end = () => {
      if (round.next === null) rounds.delete(folder)
    }
    round.running.then(end, end)
    return round.running
  }
}

/** Some network file systems cannot sync a folder: their renames are as durable as they make them. */
const cannotSyncFolders = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'ENOSYS'])

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!cannotSyncFolders.has(errorCode(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}
