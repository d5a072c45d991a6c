/** Where tests keep what lives for seconds: in memory where there is room, since files on a disk cost several times as much. */
import { createHash } from 'node:crypto'
import { access, constants, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Of the shared cluster, which outlives a run. */
export const clusterName = 'postgres'
const memory = '/dev/shm'
const roomNeeded = 2 * 1024 ** 3
/** The longest run of the faults is shorter. */
const leftMs = 24 * 3_600_000

/** A folder of this checkout's own; the same one in every process that asks. */
export async function scratchFolder(): Promise<string> {
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 12)
  const folder = (await hasRoom()) ? join(memory, `fal-jobs-${checkout}`) : join(root, '.data/scratch')
  await mkdir(folder, { recursive: true })
  return folder
}

/** Removes what killed runs left; what the running ones use is younger. */
export async function clearScratch(): Promise<void> {
  const folder = await scratchFolder()
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (name === clusterName || (await stat(path)).mtimeMs > Date.now() - leftMs) continue
    await rm(path, { recursive: true, force: true })
  }
}

async function hasRoom(): Promise<boolean> {
  try {
    await access(memory, constants.W_OK)
    const { bavail, bsize } = await statfs(memory)
    return bavail * bsize >= roomNeeded
  } catch {
    // No such place on this machine.
    return false
  }
}
