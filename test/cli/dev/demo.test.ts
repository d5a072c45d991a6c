/** The demo as a newcomer runs it: it proves its own claims, says how it ended, and leaves nothing running. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isRunning, place, root, start, until } from '../process.ts'

t.test('the demo shows both jobs archived, byte for byte, and ends with 0', async (t) => {
  const dir = await place(t)
  const child = start('demo', ['--dir', dir])
  t.equal(await child.exit, 0, child.errors())
  const text = child.text()
  for (const job of ['image', 'video']) {
    for (const step of ['job.created', 'job.submitted', 'job.running', 'job.completed', 'archive.archived']) {
      t.match(text, new RegExp(`\\d s +${job} +${step}`))
    }
  }
  const files = [...text.matchAll(/^(\S+\/job_\S+)\n +(\S+), (\d+) bytes, SHA-256 ([0-9a-f]{64})/gm)]
  t.equal(files.length, 3, 'two images and a video')
  for (const [, path = '', type, bytes, sha256] of files) {
    const content = readFileSync(join(root, path))
    t.equal(content.length, Number(bytes))
    t.equal(createHash('sha256').update(content).digest('hex'), sha256)
    t.match(content.subarray(0, 12).toString('latin1'), type === 'video/mp4' ? /^....ftyp/ : /^.PNG/)
  }
  t.notOk(isRunning(dir), 'the database is stopped')
})

t.test('an interrupted demo says so, ends with 130 and leaves nothing running', async (t) => {
  const dir = await place(t)
  const child = start('demo', ['--dir', dir])
  await until(() => child.text().includes('job.created'))
  child.process.kill('SIGINT')
  t.equal(await child.exit, 130)
  t.notOk(isRunning(dir))
})
