/**
 * One writer of status, history and money: a statement that writes one of these tables stands in the files listed here
 * and nowhere else, and every table that is written is named where it is written.
 */
import t from 'tap'
import { tableWrites } from './rules/table-writes.ts'
import { readSources } from './source-files.ts'

const postgres = 'src/infra/postgres'

/** Of each table: its writers, and the files that write it as neither of them would, with the reason. */
const tables: Record<string, { writers: readonly string[]; others: Record<string, string> }> = {
  job: {
    writers: [
      // A change of the state machine, by compare-and-set.
      `${postgres}/transition/insert-jobs.ts`,
      `${postgres}/transition/update-jobs.ts`,
      // The second, smaller interface: due times, and the mark of a pruned history.
      `${postgres}/jobs/postgres-job-schedule.ts`,
    ],
    others: {},
  },
  job_event: {
    writers: [`${postgres}/transition/insert-events.ts`],
    others: {
      [`${postgres}/jobs/erase-job-row.ts`]: 'empties the history of an erased job',
      [`${postgres}/jobs/postgres-job-schedule.ts`]: 'deletes histories by age',
    },
  },
  ledger_entry: {
    writers: [`${postgres}/transition/pay-debt.ts`, `${postgres}/transition/write-ledger.ts`],
    others: {
      [`${postgres}/clients/credit-store.ts`]: 'grants credit, which is of no job',
    },
  },
  // Its balance moves by a trigger of the ledger alone (`migrations/0002_credits.sql`).
  account: {
    writers: [],
    others: {
      [`${postgres}/clients/credit-store.ts`]: 'opens an account with the first grant',
      [`${postgres}/transition/write-ledger.ts`]: 'opens one for a job that was free by its estimate',
    },
  },
  api_key_month: {
    writers: [`${postgres}/transition/key-month.ts`],
    others: {},
  },
}

const sources = readSources('src')
const writes = sources.flatMap((file) => tableWrites(file).map((write) => ({ path: file.path, ...write })))

for (const [table, { writers, others }] of Object.entries(tables)) {
  const allowed = [...writers, ...Object.keys(others)].sort()
  t.test(`${table} is written by its writers alone`, async (t) => {
    const found = writes.filter((write) => write.table === table).map(({ path }) => path)
    t.strictSame([...new Set(found)].sort(), allowed)
  })
}

t.test('every statement names the table that it writes', async (t) => {
  const unnamed = writes.filter(({ path, table }) => table === null && mayHoldSql(path))
  t.strictSame(
    unnamed.map(({ path, line }) => `${path}:${line}`),
    [],
  )
})

/** Elsewhere only Kysely's verbs would write, and prose may say "update" before a value. */
const mayHoldSql = (path: string): boolean =>
  /^src\/(?:infra\/postgres|worker|wiring|process|doctor)\//.test(path)

/** These move the money of a job: only a change of the job, or its creation, may. */
const moneyWriters = [`${postgres}/transition/write-ledger.ts`, `${postgres}/transition/key-month.ts`]
const mayMoveMoney = (path: string): boolean =>
  path.startsWith(`${postgres}/transition/`) || path.startsWith(`${postgres}/jobs/persist-job`)

t.test('money is moved by changes and creations of jobs alone', async (t) => {
  for (const { path, imports } of sources)
    for (const target of imports)
      if (moneyWriters.includes(target) && !mayMoveMoney(path)) t.fail(`${path} must not import ${target}`)
  t.ok(mayMoveMoney(`${postgres}/jobs/persist-jobs-in-groups.ts`))
  t.notOk(mayMoveMoney(`${postgres}/maintenance/find-inconsistencies.ts`))
})

const tablesOf = (text: string) => tableWrites({ path: 'a.ts', text }).map(({ table }) => table)

t.test('a write is found however it is written', async (t) => {
  const found = [
    `trx.updateTable('job').set({ status: 'failed' })`,
    `db.insertInto("job")`,
    `db.deleteFrom('job as old')`,
    'trx.mergeInto(`job`)',
    `db.updateTable('public.job')`,
    `db.updateTable<'job'>('job')`,
    `db['updateTable']('job')`,
    '`update job set status = $1`',
    '`UPDATE public.job SET status = $1`',
    `sql\`update "public"."job" set x\``,
    'sql`with x as (insert into\n   "job" (id) values ($1)) select 1`',
    `'delete from only job where true'`,
    `'truncate job'`,
    `'merge into job using given'`,
    `sql\`update \${sql.table('job')} set x\``,
    `sql\`update \${sql.raw('job')} set x\``,
    `sql\`insert into \${sql.id('public', 'job')} select 1\``,
    'sql`update -- the\n job set x`',
    'sql`update /* the */ job set x`',
    `'update ' + 'job set x'`,
    `sql\`select \${sql\`update job set x\`}\``,
  ]
  for (const text of found) t.strictSame(tablesOf(text), ['job'], text)
})

t.test('a table that no literal names is reported', async (t) => {
  const unnamed = [
    `const table = 'job' as const; db.updateTable(table)`,
    `db.updateTable(['job', 'client'])`,
    `db.insertInto(\`\${prefix}job\`)`,
    `const { updateTable } = db`,
    `const write = db.deleteFrom.bind(db)`,
    `sql\`update \${table} set x\``,
    `sql\`delete from public.\${sql.table(table)}\``,
    `'update ' + table`,
  ]
  for (const text of unnamed) t.strictSame(tablesOf(text), [null], text)
})

t.test('what reads the table, or writes another, is not taken for a write of it', async (t) => {
  const others = [
    `db.selectFrom('job').where('id', '=', id).forUpdate()`,
    `'select 1 from job for update skip locked'`,
    `'select 1 from x for no key update of job'`,
    `'update job_event set data = $1'`,
    `'update engine.job set state = $1'`,
    `sql\`insert into x values (1) on conflict do update set y = \${1}\``,
    `db.updateTable('job_event')`,
    `'insert into jobs (id) values ($1)'`,
    '/** An update job by job. */',
    '  // delete from job: never',
  ]
  for (const text of others)
    t.notOk(
      tablesOf(text).some((table) => table === 'job' || table === null),
      text,
    )
})
