/** A row that nobody can make sense of is its own job's trouble: reads and changes of others that share its query go on. */
import { sql } from 'kysely'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { creation, run } from '../../../domain/sample-job.ts'
import { openStore } from '../../../support/store.ts'

/** What no version of the service writes, and every way it fails: in the driver, and in what reads its rows. */
const poisons = {
  'an amount beyond what is exact': 'estimated_micros = 9007199254740993',
  'a time that is no time': "created_at = 'infinity'",
}

for (const [name, change] of Object.entries(poisons)) {
  t.test(`${name} fails one read and one change, not their neighbours`, async (t) => {
    const { store, key, db } = await openStore(t)
    const ids = Array.from({ length: 12 }, () => `job_${newUuid()}`)
    const creations = ids.map((id) =>
      creation({ id, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 }),
    )
    await Promise.all(creations.map((one) => store.create(one, null)))
    const [poison = '', ...others] = ids
    await sql.raw(`update job set ${change} where id = '${poison.slice('job_'.length)}'`).execute(db)

    const read = await Promise.allSettled(ids.map((id) => store.get(id)))
    t.equal(read[0]?.status, 'rejected')
    t.strictSame(
      read.slice(1).map((answer) => (answer.status === 'fulfilled' ? answer.value?.id : answer.reason)),
      others,
    )
    const submitting = () => [{ type: 'submitting' as const, run, webhookAsked: true }]
    const changed = await Promise.allSettled(
      ids.map((id) => store.record(id, submitting, { source: 'submit' })),
    )
    t.equal(changed[0]?.status, 'rejected')
    t.match(
      changed.slice(1),
      others.map((id) => ({ status: 'fulfilled', value: { changed: true, job: { id } } })),
    )
  })
}

t.test('a time that is no time does not keep others from being looked at', async (t) => {
  const { store, schedule, key, db } = await openStore(t)
  const ids = Array.from({ length: 3 }, () => `job_${newUuid()}`)
  const creations = ids.map((id) =>
    creation({ id, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 }),
  )
  await Promise.all(creations.map((one) => store.create(one, null)))
  await sql`update job set next_poll_at = now() - interval '1 second'`.execute(db)
  await sql`update job set deadline_at = 'infinity' where id = ${ids[0]?.slice('job_'.length)}`.execute(db)
  t.equal(await schedule.sweepDue(500), 3)
})
