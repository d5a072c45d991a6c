/**
 * One writer of status, history and money: a statement that writes one of these tables stands in the files listed here
 * and nowhere else. Scans the sources for Kysely's verbs and for raw SQL.
 */
import t from 'tap'
import { readSources } from './source-files.ts'

const postgres = 'src/infra/postgres'

/** Of each table: its writers, and the files that write it as neither of them would, with the reason. */
const tables: Record<string, { writers: readonly string[]; others: Record<string, string> }> = {
  job: {
    writers: [
      // A change of the state machine, by compare-and-set.
      `${postgres}/transition/insert-jobs.ts`,
      `${postgres}/transition/update-jobs.ts`,
      // The second, smaller interface: due times.
      `${postgres}/jobs/postgres-job-schedule.ts`,
    ],
    others: {
      [`${postgres}/maintenance/prune-tables.ts`]: 'marks jobs whose history it has deleted',
    },
  },
  job_event: {
    writers: [`${postgres}/transition/insert-events.ts`],
    others: {
      [`${postgres}/jobs/erase-job-row.ts`]: 'empties the history of an erased job',
      [`${postgres}/maintenance/prune-tables.ts`]: 'deletes histories by age',
    },
  },
  ledger_entry: {
    writers: [`${postgres}/transition/write-ledger.ts`],
    others: {
      [`${postgres}/clients/credit-store.ts`]: 'grants credit, which is of no job',
    },
  },
  api_key_month: {
    writers: [`${postgres}/transition/key-month.ts`],
    others: {},
  },
}

/** What the text does to the table, as it is written there. */
function writesOf(table: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const quoted = `["'\`]${table}(?: as \\w+)?["'\`]`
  const kysely = `\\b(?:insertInto|replaceInto|updateTable|deleteFrom|mergeInto)\\(\\s*${quoted}`
  const name = `(?:only\\s+)?(?:public\\s*\\.\\s*)?"?${table}"?(?![\\w.])`
  const raw = `\\b(?:insert\\s+into|update|delete\\s+from|merge\\s+into|truncate(?:\\s+table)?|copy)\\s+${name}`
  const built = `\\bsql\\.(?:table|id|ref)\\(\\s*${quoted}`
  return code.match(new RegExp(`${kysely}|${raw}|${built}`, 'gi')) ?? []
}

for (const [table, { writers, others }] of Object.entries(tables)) {
  const allowed = [...writers, ...Object.keys(others)].sort()
  t.test(`${table} is written by its writers alone`, async (t) => {
    const found = readSources('src').filter(({ text }) => writesOf(table, text).length > 0)
    t.strictSame(found.map(({ path }) => path).sort(), allowed)
  })
}

t.test('a statement is found however it is written', async (t) => {
  const writes = [
    `trx.updateTable('job').set({ status: 'failed' })`,
    `db.insertInto("job")`,
    `db.deleteFrom('job as old')`,
    'trx.mergeInto(`job`)',
    'update job set status = $1',
    'UPDATE public.job SET status = $1',
    'with x as (insert into\n   "job" (id) values ($1)) select 1',
    'delete from only job where true',
    'truncate job',
    'merge into job using given',
    `sql\`update \${sql.table('job')} set x\``,
  ]
  for (const text of writes) t.equal(writesOf('job', text).length, 1, text)
})

t.test('what reads the table, or writes another, is not taken for a write', async (t) => {
  const others = [
    `db.selectFrom('job').where('id', '=', id).forUpdate()`,
    'select 1 from job for update skip locked',
    'update job_event set data = $1',
    'update engine.job set state = $1',
    `db.updateTable('job_event')`,
    'insert into jobs (id) values ($1)',
    '/** An update job by job. */',
    '  // delete from job: never',
  ]
  for (const text of others) t.strictSame(writesOf('job', text), [], text)
})
