/**
 * Puts synced files in place and makes their names durable: rename, then fsync of the folders; concurrent files share
 * one fsync.
 */
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BoundedMap } from '../../../concurrency/bounded-map.ts'
import { errorCode } from '../../../domain/error-code.ts'
import { folderMode } from './durable-file.ts'

export interface FolderNames {
  /** Makes the folders that a file will lie in. Resolves to whether one was missing. */
  makeRoom(target: string): Promise<boolean>
  /** Renames over whatever is there. When it resolves, the name and those of all folders above it outlive a crash. */
  moveIntoPlace(temporary: string, target: string): Promise<void>
}

interface Round {
  running: Promise<void>
  /** Starts after the running sync, which may have begun before the newest names existed. */
  next: Promise<void> | null
}

/** Bound of the remembered folders: those of current jobs and their parents. */
const mostKnown = 10_000

/** `root` itself is assumed to exist. */
export function createFolderNames(root: string): FolderNames {
  const rounds = new Map<string, Round>()
  /**
   * Folders whose names are known to be durable; existence alone does not prove it, since their creator may have been
   * killed.
   */
  const known = new BoundedMap<string, true>(mostKnown)

  return {
    async makeRoom(target) {
      const parent = dirname(target)
      const firstMade = await mkdir(parent, { recursive: true, mode: folderMode })
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

  /** Requests during a running sync share the next one. */
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

/** Some network file systems cannot sync a folder: durability of renames then depends on them. */
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
