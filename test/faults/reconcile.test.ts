/** Reconciliation: everything that was broken by hand is named once, repaired on request, and a second run finds nothing. */
import { readFile, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { loseTasks } from '../support/engine-tables.ts'
import { type Bench, startBench } from '../support/service.ts'

t.test('what was broken by hand is named, repaired, and then everything fits', async (t) => {
  // No worker runs: nothing is repaired behind the test's back.
  const bench = await startBench(t, {
    environment: { ROLE: 'api', SUBMIT_UNCERTAIN_SECONDS: '86400' },
  })
  const { db, jobs: store } = bench.service.services.store
  const { reconcile } = bench.service.services.worker
  const old = "updated_at = now() - interval '10 minutes'"
  t.strictSame(await reconcile({ repair: false, archive: true }), [], 'a job with its task fits')

  const untended = (await bench.create({ model: 'flux-schnell', prompt: 'untended' })).id
  await sql.raw(`update job set ${old} where id = '${untended.slice(4)}'`).execute(db)
  await loseTasks(db, { subject: untended })
  const unwatched = await submitUnsaved(bench, 'unwatched [fault:stuck]')
  await sql
    .raw(
      `update job set status = 'running', submission = 'accepted', request_id = '${unwatched.requestId}',
       next_poll_at = null where id = '${unwatched.id.slice(4)}'`,
    )
    .execute(db)
  const over = await submitUnsaved(bench, 'over')
  const lost = await submitUnsaved(bench, 'lost')
  await sql
    .raw(
      `update job set status = 'running', submission = 'accepted', request_id = '${over.requestId}',
       next_poll_at = now() + interval '1 hour', ${old} where id = '${over.id.slice(4)}'`,
    )
    .execute(db)
  await sql
    .raw(
      `update job set status = 'failed', submission = 'uncertain', uncertain_since = now(), completed_at = now(),
       error = '{"code":"SUBMIT_UNCERTAIN","message":"lost","retryable":true}' where id = '${lost.id.slice(4)}'`,
    )
    .execute(db)
  await sql`
    insert into webhook_delivery (id, request_id, fal_user_id, body, body_hash, sent_at, received_at, state)
    values (gen_random_uuid(), 'nobody', 'user', 'x', 'x', now(), now() - interval '2 days', 'waiting')`.execute(
    db,
  )
  for (const { requestId } of [over, lost]) bench.simulator.admin.complete(requestId)

  const found = await reconcile({ repair: false, archive: true })
  const kinds = found.map(({ kind, subject }) => `${kind} ${subject}`).sort()
  t.strictSame(
    kinds,
    [
      `job_without_timer ${unwatched.id}`,
      `lost_render ${lost.id}`,
      `over_at_fal ${over.id}`,
      'unclaimed_webhook nobody',
      `work_without_task ${untended}`,
    ].sort(),
  )
  t.notOk(found.some(({ repaired }) => repaired))
  t.strictSame(
    (await reconcile({ repair: false, archive: true })).length,
    found.length,
    'looking changes nothing',
  )

  const repaired = await reconcile({ repair: true, archive: true })
  t.equal(repaired.length, found.length)
  t.match(await store.get(over.id), { status: 'completed' })
  t.match(await store.get(lost.id), { status: 'failed', submission: 'accepted', requestId: lost.requestId })
  t.strictSame(await reconcile({ repair: true, archive: true }), [], 'a second run finds nothing')
})

/** Submitted behind the service's back, as by a process that died before it could save the answer. */
async function submitUnsaved(bench: Bench, prompt: string): Promise<{ id: string; requestId: string }> {
  const { jobs: store } = bench.service.services.store
  const { client: fal } = bench.service.services.fal
  const { id } = await bench.create({ model: 'flux-schnell', prompt })
  const job = await store.get(id)
  if (job === null) throw new Error('no job')
  const { endpointId, input } = job
  const answer = await fal.submit({ endpointId, input, webhookUrl: null, queue: {} })
  if (answer.type !== 'accepted') throw new Error(answer.type)
  return { id, requestId: answer.request.requestId }
}

t.test('an object that is gone from the archive is copied again', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a copy', numOutputs: 2 })
  const job = await bench.settled(id)
  const { reconcile } = bench.service.services.worker
  const { jobs: store } = bench.service.services.store
  const key = (await store.get(id))?.media[0]?.archive?.key ?? ''
  await rm(join(bench.archiveDir, 'archive', key))
  const found = await reconcile({ repair: true, archive: true })
  t.strictSame(
    found.map(({ kind, subject }) => [kind, subject]),
    [['copy_missing', id]],
  )
  const again = await bench.settled(id)
  t.match(again, { archive: { status: 'archived' } })
  t.equal(again.media[0]?.sha256, job.media[0]?.sha256)
  t.strictSame(await reconcile({ repair: true, archive: true }), [])
})

t.test(
  'an object that was cut in the archive is not taken for the copy: the file is fetched again',
  async (t) => {
    const bench = await startBench(t)
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a cut', numOutputs: 2 })
    const job = await bench.settled(id)
    const { reconcile } = bench.service.services.worker
    const { jobs: store } = bench.service.services.store
    const key = (await store.get(id))?.media[0]?.archive?.key ?? ''
    const path = join(bench.archiveDir, 'archive', key)
    const whole = await readFile(path)
    await truncate(path, Math.floor(whole.length / 2))
    const found = await reconcile({ repair: true, archive: true })
    t.strictSame(
      found.map(({ kind, subject }) => [kind, subject]),
      [['copy_missing', id]],
    )
    const again = await bench.settled(id)
    t.match(again, { archive: { status: 'archived' }, media: [{ sha256: job.media[0]?.sha256 }, {}] })
    t.ok((await readFile(path)).equals(whole))
    t.strictSame(await reconcile({ repair: true, archive: true }), [])
  },
)

t.test('a lost copy of a job whose other file was given up is copied again, too', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'half a copy', numOutputs: 2 })
  await bench.settled(id)
  const { db, jobs: store } = bench.service.services.store
  const { reconcile } = bench.service.services.worker
  const { files: archive } = bench.service.services.jobs.archive
  const media = (await store.get(id))?.media ?? []
  const key = media[0]?.archive?.key ?? ''
  const shelved = media.map((file) => (file.index === 1 ? { ...file, archive: null } : file))
  await sql`update job set archive_status = 'failed', archived_at = null, archive_error = 'gone: by hand',
    media = ${JSON.stringify(shelved)} where id = ${id.slice(4)}`.execute(db)
  await rm(join(bench.archiveDir, 'archive', key))
  t.match(await reconcile({ repair: true, archive: true }), [{ kind: 'copy_missing', repaired: true }])
  t.match(await bench.settled(id), { archive: { status: 'archived' } })
  t.not(await archive.head(key), null)
  t.strictSame(await reconcile({ repair: true, archive: true }), [])
})

t.test('objects that no job knows are named and cleared away, and those of others are left', async (t) => {
  const bench = await startBench(t)
  const { reconcile } = bench.service.services.worker
  const { jobs: store } = bench.service.services.store
  const { files: archive } = bench.service.services.jobs.archive
  const settled = async (prompt: string) => {
    const { id } = await bench.create({ model: 'flux-schnell', prompt })
    await bench.settled(id)
    const key = (await store.get(id))?.media[0]?.archive?.key ?? ''
    return { id, key, folder: key.slice(0, key.lastIndexOf('/')) }
  }
  const put = (key: string) =>
    archive.put({ key, body: Readable.from(['stray']), contentLength: 5, contentType: 'image/png' })
  const kept = await settled('kept')
  const gone = await settled('gone')
  await bench.call('DELETE', `/api/jobs/${gone.id}`)
  for (let looks = 0; (await store.get(gone.id))?.erasing !== null; looks++) {
    if (looks > 400) throw new Error('its files were not erased')
    await sleep(50)
  }
  t.strictSame(await reconcile({ repair: true, archive: true }), [], 'all fits, tombstones too')

  const client = kept.folder.split('/')[0] ?? ''
  const nobody = 'job_01890000-0000-7000-8000-000000000000'
  const stray = `${kept.folder}/7-stray.png`
  const lost = `${client}/2026/01/${nobody}/0-lost.png`
  const elsewhere = `cli_01890000-0000-7000-8000-000000000000/2026/01/${nobody}/0-theirs.png`
  for (const key of [stray, lost, gone.key, elsewhere, 'notes/readme.txt']) await put(key)

  const expected = [
    `erased_object ${gone.key}`,
    `foreign_objects ${elsewhere.split('/')[0]}`,
    `unknown_object ${lost}`,
    `unknown_object ${stray}`,
  ]
  const named = (findings: { kind: string; subject: string }[]) =>
    findings.map(({ kind, subject }) => `${kind} ${subject}`).sort()
  t.strictSame(named(await reconcile({ repair: false, archive: true })), expected.toSorted())
  const repaired = await reconcile({ repair: true, archive: true })
  t.strictSame(named(repaired), expected.toSorted(), 'looking changed nothing')
  t.strictSame(
    repaired.filter((finding) => !finding.repaired).map(({ kind }) => kind),
    ['foreign_objects'],
  )
  t.strictSame(
    named(await reconcile({ repair: true, archive: true })),
    [`foreign_objects ${elsewhere.split('/')[0]}`],
    'a second run finds nothing of ours',
  )
  for (const key of [stray, lost, gone.key]) t.equal(await archive.head(key), null, `${key} is cleared away`)
  for (const key of [stray, lost])
    t.match(
      await archive.head(`set-aside/${key}`),
      { bytes: 5, contentType: 'image/png' },
      'set aside, not deleted',
    )
  for (const key of [kept.key, elsewhere, 'notes/readme.txt']) t.not(await archive.head(key), null, key)
})

t.test(
  'a copy that FAL no longer has either is told with its reason, and then everything fits',
  async (t) => {
    const bench = await startBench(t)
    const { reconcile } = bench.service.services.worker
    const { jobs: store } = bench.service.services.store
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'gone everywhere' })
    await bench.settled(id)
    const key = (await store.get(id))?.media[0]?.archive?.key ?? ''
    await rm(join(bench.archiveDir, 'archive', key))
    bench.simulator.admin.reset()
    const found = await reconcile({ repair: true, archive: true })
    t.strictSame(
      found.map(({ kind, repaired }) => [kind, repaired]),
      [['copy_missing', true]],
    )
    const ended = await bench.until(id, ({ archive }) => archive.lastError !== null)
    t.match(ended.archive.lastError, /^gone: /)
    t.strictSame(await reconcile({ repair: true, archive: true }), [])
  },
)

t.test(
  'an archive that is missing as a whole is taken for another one, unless it is said to be lost',
  async (t) => {
    const bench = await startBench(t)
    const { reconcile } = bench.service.services.worker
    const { jobs: store } = bench.service.services.store
    const made = await Promise.all(
      [1, 2, 3].map((n) => bench.create({ model: 'flux-schnell', prompt: `of a set, ${n}`, numOutputs: 4 })),
    )
    for (const { id } of made) await bench.settled(id)
    const root = join(bench.archiveDir, 'archive')
    await rename(root, `${root}-elsewhere`)
    const found = await reconcile({ repair: true, archive: true })
    t.equal(found.length, 15, 'twelve files and three manifests')
    t.ok(
      found.every(
        ({ kind, repaired, what }) => kind === 'copy_missing' && !repaired && what.includes('right bucket'),
      ),
    )
    for (const { id } of made)
      t.match(await store.get(id), { archiveStatus: 'archived' }, 'nothing is forgotten')
    await rm(root, { recursive: true, force: true })
    await rename(`${root}-elsewhere`, root)
    t.strictSame(await reconcile({ repair: true, archive: true }), [], 'with the right folder back, all fits')

    await rm(root, { recursive: true, force: true })
    t.ok((await reconcile({ repair: true, archive: true, massLoss: true })).every(({ repaired }) => repaired))
    for (const { id } of made) t.match(await bench.settled(id), { archive: { status: 'archived' } })
    t.strictSame(await reconcile({ repair: true, archive: true }), [])
  },
)
