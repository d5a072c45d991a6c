/** The archive contract over a local folder. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createFolderArchive } from '../../src/infra/archive/folder-archive.ts'
import { archiveStoreContract } from './archive-store.contract.ts'

archiveStoreContract(t, async (t) => {
  const dir = t.testdir()
  return {
    store: createFolderArchive({ dir }),
    reopen: () => createFolderArchive({ dir }),
    leftovers: () => readdir(join(dir, '.tmp')),
  }
})
