/** `kill -9` in the middle of copies: whatever shows under a key is whole, and the sweep leaves nothing half-written behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createFolderArchive } from '../../../src/infra/archive/folder/folder-archive.ts'
import { createS3Archive } from '../../../src/infra/archive/s3/s3-archive.ts'
import type { ArchiveStore } from '../../../src/ports/archive-store.ts'
import { pattern, sha256 } from '../../contract/archive-store.contract.ts'
import { plainNode } from '../../support/plain-node.ts'
import { startBucket } from './s3-server.ts'

/** ARCHIVE_KILLS=100 for the long form. */
const kills = Number(process.env.ARCHIVE_KILLS ?? 12)

t.test('a folder survives kills during copies', { timeout: 600_000 }, async (t) => {
  const dir = t.testdir()
  for (let round = 0; round < kills; round++) await killAfterLines('folder', dir, 1 + ((round * 7) % 40))
  const store = createFolderArchive({ dir })
  await checkObjects(t, store, pattern(2 * 1024 * 1024))
  t.ok((await store.sweepUnfinished(0)) > 0, 'some copies had been cut')
  t.same(await readdir(join(dir, '.tmp')), [], 'no stray temporary file')
})

t.test('a bucket survives kills during copies', { timeout: 600_000 }, async (t) => {
  const bucket = await startBucket(t)
  const options = { ...bucket.options, partBytes: 5 * 1024 * 1024 }
  for (let round = 0; round < kills; round++)
    await killAfterLines('s3', JSON.stringify(options), 20 + ((round * 7) % 60))
  const store = createS3Archive(options)
  await checkObjects(t, store, pattern(12 * 1024 * 1024))
  const cut = bucket.openUploads.size
  t.ok(cut > 0, 'some uploads had been cut')
  t.equal(await store.sweepUnfinished(60_000), cut)
  t.equal(bucket.openUploads.size, 0, 'no stray parts')
})

async function checkObjects(t: Test, store: ArchiveStore, content: Buffer): Promise<void> {
  let whole = 0
  for (let n = 0; n < 10; n++) {
    const head = await store.head(`k/${n}.png`)
    if (head === null) continue
    whole += 1
    t.match(head, { bytes: content.length, contentType: 'image/png' })
    t.equal(sha256(await buffer((await store.get(`k/${n}.png`)).body)), sha256(content), 'right bytes')
  }
  t.ok(whole > 0, 'some copies had ended')
}

/** The child tells of every piece read and every copy done, so that the kill lands at a known place. */
async function killAfterLines(kind: string, place: string, lines: number): Promise<void> {
  const script = join(import.meta.dirname, 'copy-forever.ts')
  const child = spawn(...plainNode([script, kind, place]), { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let seen = 0
  for await (const _line of createInterface({ input: child.stdout })) {
    seen += 1
    if (seen === lines) child.kill('SIGKILL')
  }
  await exited
}
