/** What only a folder owes: nothing outside it, nothing half written, and words an operator can act on. */
import { type FileHandle, mkdir, open, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createFolderArchive } from '../../../../src/infra/archive/folder/folder-archive.ts'
import { folderError } from '../../../../src/infra/archive/folder/folder-errors.ts'
import { object, rejectsWith } from '../../../contract/archive-store.contract.ts'

t.test('no key leads out of the folder or into its own areas', async (t) => {
  const dir = join(t.testdir({ inner: {} }), 'inner')
  const store = createFolderArchive({ dir })
  for (const key of [
    '../out.txt',
    'a/../../out.txt',
    '/etc/passwd',
    '',
    '.',
    '..',
    'a//b',
    'a/./b',
    'a/',
    'a\0b',
    'a\nb',
    '..\\out.txt',
    '.meta/a.json',
    '.tmp/a',
    `a/${'n'.repeat(241)}`,
    'n/'.repeat(600),
    'a\ud800',
  ]) {
    await rejectsWith(t, 'refused', store.put(object(key, Buffer.from('x'))))
    await rejectsWith(t, 'refused', store.get(key))
    await rejectsWith(t, 'refused', store.head(key))
    await rejectsWith(t, 'refused', store.delete([key]))
  }
  t.same(await readdir(join(dir, '..')), ['inner'])
})

t.test('a file is synced before it is renamed, and the folders after', async (t) => {
  const dir = t.testdir()
  const store = createFolderArchive({ dir })
  const target = join(dir, 'a/b/file.bin')
  const placedAtSync: boolean[] = []
  await spyOnSync(t, async () => {
    placedAtSync.push(
      await stat(target).then(
        () => true,
        () => false,
      ),
    )
  })
  await store.put(object('a/b/file.bin', Buffer.from('content')))
  t.equal(placedAtSync[0], false, 'the bytes first')
  t.equal(placedAtSync.filter((placed) => placed).length, 3, 'then b, a and the root')
})

t.test(
  'files that end together share the syncs of the folder above theirs, and none goes without',
  async (t) => {
    const dir = t.testdir()
    const store = createFolderArchive({ dir })
    let syncs = 0
    await spyOnSync(t, async (handle) => {
      if ((await handle.stat()).isDirectory()) syncs += 1
    })
    const keys = Array.from({ length: 20 }, (_, n) => `month/job-${n}/file.bin`)
    await Promise.all(keys.map((key) => store.put(object(key, Buffer.from('content')))))
    t.ok(syncs < 50, `${syncs} for 20 folders of their own and the two above them`)
  },
)

t.test('a sync that began before a rename does not count for it', async (t) => {
  const dir = t.testdir()
  const store = createFolderArchive({ dir })
  await store.put(object('job/0.bin', Buffer.from('content')))
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const synced: string[][] = []
  await spyOnSync(t, async (handle) => {
    if (!(await handle.stat()).isDirectory()) return
    synced.push(await readdir(join(dir, 'job')))
    if (synced.length > 1) return
    begin()
    await held
  })
  const first = store.put(object('job/1.bin', Buffer.from('content')))
  await begun
  let ended = false
  const second = store.put(object('job/2.bin', Buffer.from('content'))).then(() => {
    ended = true
  })
  while (!(await readdir(join(dir, 'job'))).includes('2.bin')) await sleep(5)
  await sleep(20)
  t.notOk(ended, 'it waits for a sync of its own')
  release()
  await Promise.all([first, second])
  t.same(synced[1]?.toSorted(), ['0.bin', '1.bin', '2.bin'])
})

t.test('a folder that a killed process made is synced by the first who uses it', async (t) => {
  const dir = t.testdir({ month: { job: {} } })
  const synced: number[] = []
  await spyOnSync(t, async (handle) => {
    const file = await handle.stat()
    if (file.isDirectory()) synced.push(file.ino)
  })
  const inodes = async (paths: string[]) => Promise.all(paths.map(async (path) => (await stat(path)).ino))
  const store = createFolderArchive({ dir })
  await store.put(object('month/job/0.bin', Buffer.from('content')))
  t.same(
    synced.toSorted(),
    (await inodes([dir, join(dir, 'month'), join(dir, 'month/job')])).toSorted(),
    'up to the root',
  )
  synced.length = 0
  await store.put(object('month/job/1.bin', Buffer.from('content')))
  t.same(synced, await inodes([join(dir, 'month/job')]), 'once')
})

t.test('a file system that cannot sync folders still takes files, one that fails does not', async (t) => {
  const dir = t.testdir()
  const store = createFolderArchive({ dir })
  let code = 'EINVAL'
  await spyOnSync(t, async (handle) => {
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error('sync'), { code })
  })
  t.match(await store.put(object('a/file.bin', Buffer.from('content'))), { bytes: 7 })
  code = 'EIO'
  await rejectsWith(t, 'later', store.put(object('b/file.bin', Buffer.from('content'))))
})

t.test('a full disk in the middle of a file leaves nothing of it, and the advice', async (t) => {
  const dir = t.testdir()
  const store = createFolderArchive({ dir })
  await spyOnSync(t, async () => {
    throw Object.assign(new Error('write'), { code: 'ENOSPC' })
  })
  await t.rejects(store.put(object('a/file.bin', Buffer.from('content'))), {
    trouble: 'later',
    message: /disk is full/,
  })
  t.same(await readdir(join(dir, '.tmp')), [])
  t.equal(await store.head('a/file.bin'), null)
})

t.test('a file changed behind our back loses its hash, not its type', async (t) => {
  const dir = t.testdir()
  const store = createFolderArchive({ dir })
  await store.put(object('a/cat.png', Buffer.from('content'), { contentType: 'image/png' }))
  await writeFile(join(dir, 'a/cat.png'), 'changed')
  await utimes(join(dir, 'a/cat.png'), 1, 1)
  t.same(await store.head('a/cat.png'), { bytes: 7, sha256: null, contentType: 'image/png' })
  await writeFile(join(dir, '.meta/a/cat.png.json'), 'damaged')
  t.same(await store.head('a/cat.png'), { bytes: 7, sha256: null, contentType: 'image/png' })
})

t.test('only old temporary files are swept', async (t) => {
  const dir = t.testdir({ '.tmp': { old: 'x', young: 'x' } })
  const store = createFolderArchive({ dir })
  const hourAgo = Date.now() / 1000 - 3600
  await utimes(join(dir, '.tmp/old'), hourAgo, hourAgo)
  t.equal(await store.sweepUnfinished(60_000), 1)
  t.same(await readdir(join(dir, '.tmp')), ['young'])
  t.equal(await createFolderArchive({ dir: join(dir, 'new') }).sweepUnfinished(0), 0)
})

t.test('a ping writes nothing, counts a folder that is yet to be made, and tells what hinders', async (t) => {
  const dir = t.testdir({ file: 'x', free: {} })
  const store = createFolderArchive({ dir: join(dir, 'free/later') })
  await store.ping()
  t.same(await readdir(join(dir, 'free')), [])
  await t.rejects(createFolderArchive({ dir: join(dir, 'file/x') }).ping(), /a file stands where a folder/)
  await t.rejects(store.put(object('a', Buffer.from('x'), { contentLength: 9 })))
  await store.ping()
})

t.test('a folder that cannot be used says what to fix', async (t) => {
  const dir = t.testdir({ file: 'x', free: {} })
  const store = createFolderArchive({ dir: join(dir, 'file') })
  await rejectsWith(t, 'later', store.put(object('a', Buffer.from('x'))))
  await t.rejects(store.check(), /archive check: write failed: archive folder .*ARCHIVE_DIR/)
  await mkdir(join(dir, 'free/taken'))
  await rejectsWith(
    t,
    'later',
    createFolderArchive({ dir: join(dir, 'free') }).put(object('taken', Buffer.from('x'))),
  )
  for (const [code, advice] of [
    ['ENOSPC', /disk is full/],
    ['EACCES', /permission denied.*ARCHIVE_DIR/],
    ['EROFS', /read-only/],
    ['EMFILE', /ulimit/],
    ['EXDEV', /several file systems/],
    ['EOTHER', /what happened.*EOTHER/],
  ] as const) {
    const error = folderError(Object.assign(new Error('what happened'), { code }), '/media')
    t.match(error, { trouble: 'later', message: advice })
  }
})

async function spyOnSync(t: Test, onSync: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(import.meta.filename)
  const prototype: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const { sync } = prototype
  prototype.sync = async function (this: FileHandle) {
    await onSync(this)
    await sync.call(this)
  }
  t.teardown(() => {
    prototype.sync = sync
  })
}
