/** The archive contract over a local folder. */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createFolderArchive } from '../../src/infra/archive/folder/folder-archive.ts'
import { archiveStoreContract } from './archive-store.contract.ts'

archiveStoreContract(t, async (t) => {
  const dir = t.testdir()
  return {
    store: createFolderArchive({ dir }),
    reopen: () => createFolderArchive({ dir }),
    leftovers: () => readdir(join(dir, '.tmp')),
    async leaveUnfinished(count) {
      const hourAgo = Date.now() / 1000 - 3600
      await mkdir(join(dir, '.tmp'), { recursive: true })
      for (let n = 0; n < count; n++) {
        const path = join(dir, '.tmp', `left-${n}`)
        await writeFile(path, 'half')
        await utimes(path, hourAgo, hourAgo)
      }
    },
  }
})
