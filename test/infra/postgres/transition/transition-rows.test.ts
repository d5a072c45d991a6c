/** The state machine against the real table: no order of facts breaks a CHECK, the row is what was computed, events have no gap. */
import fc from 'fast-check'
import { sql } from 'kysely'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { toId } from '../../../../src/domain/ids.ts'
import { columnOf } from '../../../../src/infra/postgres/rows/job-columns.ts'
import { recordsOf } from '../../../../src/infra/postgres/rows/job-row.ts'
import { creation } from '../../../domain/sample-job.ts'
import { arbitraryFacts } from '../../../domain/transition/arbitrary-facts.ts'
import { openStore } from '../../../support/store.ts'

t.test('any order of facts can be persisted, with a history from 1 without gaps', async (t) => {
  const { store, key } = await openStore(t)
  let persisted = 0
  await fc.assert(
    fc.asyncProperty(arbitraryFacts, fc.boolean(), async (facts, waitsForSlot) => {
      const slot = waitsForSlot ? { turn: 'waiting' as const } : {}
      const created = creation({
        ...slot,
        id: toId('job', newUuid()),
        clientId: key.clientId,
        reservedMicros: 0,
      })
      const requestId = newUuid()
      const job = created.after
      await store.create(created, null)
      let last = await store.get(job.id)
      for (const given of facts) {
        const fact =
          given.type === 'submitted' ? { ...given, request: { ...given.request, requestId } } : given
        const recorded = await store.record(job.id, () => [fact], { source: 'system' })
        last = recorded?.job ?? null
      }
      const read = await store.get(job.id)
      if (JSON.stringify(read) !== JSON.stringify(last)) throw new Error('the row is not what was computed')
      const events = await store.events(job.id, { limit: 200, afterSeq: 0 })
      if (events.some((event, index) => event.seq !== index + 1)) throw new Error('a gap in the history')
      if (read?.eventSeq !== events.length) throw new Error('the count of events is wrong')
      persisted += facts.length
    }),
    { numRuns: 80 },
  )
  t.ok(persisted > 100, `${persisted} facts persisted`)
})

t.test('rows travel in the types that the table has', async (t) => {
  const { db } = await openStore(t)
  const columns = [...Object.values(columnOf).map(({ name }) => name), 'input_brief']
  const { rows } = await sql<{ column: string; sent: string; kept: string }>`
    select kept.attname as column, sent.value as sent, kept.atttypid::regtype::text as kept
    from ${sql.raw(recordsOf("'[{}]'", 'given', columns))},
      lateral (values ${sql.join(columns.map((column) => sql`(${sql.lit(column)}, pg_typeof(given.${sql.ref(column)})::text)`))})
        as sent (name, value)
    join pg_attribute kept on kept.attname = sent.name and kept.attrelid = 'job'::regclass`.execute(db)
  t.equal(rows.length, columns.length)
  t.strictSame(
    rows.filter(({ sent, kept }) => sent !== kept),
    [],
  )
})

t.test(
  'the columns of the table are those that are declared, beside the mark of the pruned history',
  async (t) => {
    const { db } = await openStore(t)
    const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = 'job'::regclass and attnum > 0 and not attisdropped`.execute(db)
    t.strictSame(
      rows.map(({ name }) => name).sort(),
      [...Object.values(columnOf).map(({ name }) => name), 'events_pruned_at', 'input_brief'].sort(),
    )
  },
)
