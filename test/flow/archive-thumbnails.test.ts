/** A thumbnail that FAL gives beside a file is kept with it: served, described, verified, repaired and erased; it never costs the file. */
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { type Bench, startBench } from '../support/service.ts'

/** A job whose file FAL described together with the given thumbnail, not copied yet. */
async function withThumbnail(bench: Bench, thumbnailUrl: string): Promise<string> {
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a film', archive: false })
  await bench.settled(id)
  await sql`
    update job set media = jsonb_set(media::jsonb, '{0,thumbnailUrl}', ${JSON.stringify(thumbnailUrl)}::jsonb)::json
    where id = ${id.slice(4)}`.execute(bench.service.services.store.db)
  return id
}

async function pictureAtFal(bench: Bench): Promise<string> {
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a small picture' })
  return (await bench.settled(id)).media[0]?.sourceUrl ?? ''
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function archived(t: Test, bench: Bench, id: string) {
  await bench.call('POST', `/api/jobs/${id}/archive`)
  const job = await bench.settled(id)
  t.equal(job.archive.status, 'archived', job.archive.lastError ?? '')
  const stored = await bench.service.services.store.jobs.get(id)
  return { job, file: stored?.media[0]?.archive }
}

t.test(
  'thumbnailUrl leads to our copy once archived, which verify, reconcile and erasure know',
  async (t) => {
    const bench = await startBench(t)
    const { archive: archiving } = bench.service.services.jobs
    const { reconcile } = bench.service.services.worker
    const { files: archive } = bench.service.services.jobs.archive
    const source = await pictureAtFal(bench)
    const bytes = Buffer.from(await (await fetch(source)).arrayBuffer())
    const id = await withThumbnail(bench, source)
    t.equal((await bench.get(id)).media[0]?.thumbnailUrl, source, "FAL's before")

    const { job, file } = await archived(t, bench, id)
    const { thumbnailUrl } = job.media[0] ?? {}
    t.not(thumbnailUrl, source)
    const answer = await fetch(new URL(thumbnailUrl ?? '', bench.service.url))
    t.equal(answer.headers.get('content-type'), 'image/png')
    t.equal(sha256(Buffer.from(await answer.arrayBuffer())), sha256(bytes), 'the same picture')
    const key = file?.thumbnail?.key ?? ''
    t.match(key, new RegExp(`/${id}/0\\.thumbnail-`))
    const manifest = JSON.parse(
      await readFile(join(bench.archiveDir, 'archive', key, '../manifest.json'), 'utf8'),
    )
    t.match(manifest.files, [{ thumbnail: { sha256: sha256(bytes), bytes: bytes.length } }])
    t.match(await archiving.verifyArchive({ jobId: id }, () => undefined), { files: 2, differences: 0 })
    t.strictSame(await reconcile({ repair: true, archive: true }), [], 'no stray')

    await rm(join(bench.archiveDir, 'archive', key))
    const reads = bench.simulator.admin.totals().cdnReads
    t.match(await reconcile({ repair: true, archive: true }), [{ kind: 'copy_missing', subject: id }])
    const again = await bench.settled(id)
    t.equal(again.archive.status, 'archived', again.archive.lastError ?? '')
    t.equal(bench.simulator.admin.totals().cdnReads, reads + 1, 'the file itself is not fetched again')
    t.match(await archive.head(key), { bytes: bytes.length })

    t.equal((await bench.call('DELETE', `/api/jobs/${id}`)).status, 204)
    t.equal(await archive.head(key), null)
    t.equal(await archive.head(file?.key ?? ''), null)
  },
)

t.test('a thumbnail that is gone costs the file nothing', async (t) => {
  const bench = await startBench(t)
  const gone = (await pictureAtFal(bench)).replace(/[^/]+$/, 'missing.png')
  const id = await withThumbnail(bench, gone)
  const { job, file } = await archived(t, bench, id)
  t.match(file?.warnings, [/^its thumbnail was not kept: gone: /])
  t.equal(job.media[0]?.thumbnailUrl, gone)
  t.equal(job.archive.attempts, 1)
})
