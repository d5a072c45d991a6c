/** Reconciliation: everything that was broken by hand is named once, repaired on request, and a second run finds nothing. */
import { readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { startBench } from '../support/service.ts'

t.test('what was broken by hand is named, repaired, and then everything fits', async (t) => {
  // No worker runs: nothing is repaired behind the test's back.
  const bench = await startBench(t, {
    environment: { ROLE: 'api', SUBMIT_UNCERTAIN_SECONDS: '86400' },
  })
  const { db, reconcile, store, fal } = bench.service.services
  const create = async (prompt: string) => (await bench.create({ model: 'flux-schnell', prompt })).id
  const broken = async (prompt: string, change: string) => {
    const id = await create(prompt)
    await sql.raw(`update job set ${change} where id = '${id.slice(4)}'`).execute(db)
    return id
  }
  const old = "updated_at = now() - interval '10 minutes'"
  t.strictSame(await reconcile({ repair: false, archive: true }), [], 'a job with its task fits')

  const untended = await broken('untended', old)
  await sql`delete from pgboss.job where data->>'subject' = ${untended}`.execute(db)
  // Submitted behind the service's back, as by a process that died before it could save the answer.
  const submit = async (prompt: string) => {
    const id = await create(prompt)
    const job = await store.get(id)
    if (job === null) throw new Error('no job')
    const answer = await fal.submit({
      endpointId: job.endpointId,
      input: job.input,
      webhookUrl: null,
      queue: {},
    })
    if (answer.type !== 'accepted') throw new Error(answer.type)
    return { id, requestId: answer.request.requestId }
  }
  const unwatched = await submit('unwatched [fault:stuck]')
  await sql
    .raw(
      `update job set status = 'running', submission = 'accepted', request_id = '${unwatched.requestId}',
       next_poll_at = null where id = '${unwatched.id.slice(4)}'`,
    )
    .execute(db)
  const over = await submit('over')
  const lost = await submit('lost')
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

t.test('an object that is gone from the archive is copied again', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a copy', numOutputs: 2 })
  const job = await bench.settled(id)
  const { reconcile, store } = bench.service.services
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
    const { reconcile, store } = bench.service.services
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
