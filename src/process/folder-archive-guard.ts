/**
 * In production a folder archive must outlive its container: a start on an empty folder beside a database of archived
 * jobs fails, and a folder that a new container would not see is logged as a warning.
 */
import { readFile } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { Config } from '../config/config.ts'
import type { ArchiveIndex } from '../ports/archive-index.ts'
import type { ArchiveStore } from '../ports/archive-store.ts'
import type { Logger } from '../ports/logger.ts'
import { PlainError } from './plain-failure.ts'

export interface FolderArchiveParts {
  archive: Pick<ArchiveStore, 'list'>
  index: Pick<ArchiveIndex, 'page'>
  /** Text of /proc/self/mountinfo; '' where the system has none. */
  mounts?: () => Promise<string>
}

/** Called before anything is written into the folder. Throws PlainError. */
export async function guardFolderArchive(
  { production, archive: { bucket, dir } }: Pick<Config, 'production' | 'archive'>,
  { archive, index, mounts = readMounts }: FolderArchiveParts,
  log: Pick<Logger, 'warn'>,
): Promise<void> {
  if (!production || bucket !== null) return
  if ((await isEmpty(archive)) && (await hasArchivedJobs(index)))
    throw new PlainError(
      `the archive folder ${dir} is empty, but the database has archived jobs. Mount the volume that holds their files, or set ARCHIVE_DIR to it. When they are lost for good, put any file into the folder to start all the same; \`fal-jobs reconcile --repair\` then copies again what FAL still has.`,
    )
  const why = lossOf(resolve(dir), await mounts())
  if (why !== null)
    log.warn(
      { dir, why },
      'archived files will be lost: mount a lasting volume at ARCHIVE_DIR, or use a bucket',
    )
}

async function isEmpty(archive: FolderArchiveParts['archive']): Promise<boolean> {
  for await (const _ of archive.list('')) return false
  return true
}

const hasArchivedJobs = async (index: FolderArchiveParts['index']): Promise<boolean> =>
  (await index.page({ statuses: ['archived'] }, { limit: 1, after: null })).length > 0

/** Why what lies in the folder will not last; null when nothing is known against it. */
function lossOf(dir: string, mountinfo: string): string | null {
  const mount = mountOf(dir, mountinfo)
  if (mount === null) return null
  if (mount.type === 'overlay') return 'it lies in the container itself and goes with it'
  if (mount.type === 'tmpfs' || mount.type === 'ramfs') return 'it lies in memory'
  // Docker and podman keep their volumes so; one without a name has an id in its place.
  if (/\/volumes\/[0-9a-f]{64}\/_data(\/|$)/.test(mount.source))
    return 'its volume has no name: the next container gets another one'
  if (mount.source.includes('/kubernetes.io~empty-dir/')) return 'it is an emptyDir, which goes with its pod'
  return null
}

/** The innermost mount that holds the folder. `source`: the path inside the file system that is mounted. */
function mountOf(dir: string, mountinfo: string): { source: string; type: string } | null {
  let best: { at: string; source: string; type: string } | null = null
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , source = '', at = ''] = before.split(' ').map(unescaped)
    const type = after.split(' ')[0] ?? ''
    const holds = at === sep || dir === at || dir.startsWith(`${at}${sep}`)
    // A later mount hides an earlier one of the same place.
    if (at !== '' && holds && at.length >= (best?.at.length ?? 0)) best = { at, source, type }
  }
  return best
}

/** Spaces and the like stand as \040. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

const readMounts = (): Promise<string> => readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
