/** Poolers in transaction mode: recognized, and no statement is ever another's. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../../../../src/infra/postgres/connection/database.ts'
import { probeSessions } from '../../../../src/infra/postgres/connection/probe-sessions.ts'
import { inTransaction } from '../../../../src/infra/postgres/connection/transaction.ts'
import { createTestDatabase } from '../../../support/database.ts'
import { plainNode } from '../../../support/plain-node.ts'
import { startTransactionPooler } from '../../../support/transaction-pooler.ts'

const run = promisify(execFile)
const module = new URL('../../../../src/infra/postgres/connection/database.ts', import.meta.url).href
const direct = { isShared: false, keepsStatements: true, keepsSettings: true }

t.test('what stands in between is told', async (t) => {
  const { url, drop } = await createTestDatabase()
  t.teardown(drop)
  t.strictSame(await probeSessions(url), direct)
  const forgetful = await startTransactionPooler(t, { url, size: 2 })
  t.match(await probeSessions(forgetful.url), { isShared: true, keepsStatements: false })
  const tracking = await startTransactionPooler(t, { url, size: 2, tracksStatements: true })
  t.match(await probeSessions(tracking.url), { isShared: true, keepsStatements: true })
})

t.test('transactions have their time-outs also where sessions are shared', async (t) => {
  const { url, drop } = await createTestDatabase()
  const pooler = await startTransactionPooler(t, { url, size: 2, tracksStatements: true })
  const { db, close } = openDatabase({ url: pooler.url, size: 4, log: { warn() {} } })
  t.teardown(() => close().then(drop))
  const inForce = await Promise.all(
    Array.from({ length: 8 }, () =>
      inTransaction(db, async (trx) => {
        const { rows } = await sql`
          select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
            current_setting('transaction_isolation') as isolation`.execute(trx)
        return rows[0]
      }),
    ),
  )
  for (const one of inForce) t.strictSame(one, { lock: '3s', statement: '30s', isolation: 'read committed' })
})

/** Questions of one process, each with an answer that only its own text gives; `lost`: its statement was not there. */
async function answersOf(url: string, who: string, asked: number) {
  const script = `
    const { openDatabase } = await import(${JSON.stringify(module)})
    const { pool } = openDatabase({ url: process.argv[1], size: 3, log: { warn() {} } })
    const counts = { right: 0, wrong: 0, lost: 0 }
    const ask = async (n) => {
      const mine = process.argv[2] + (n % 7)
      await pool.query("select $1::int as one, '" + mine + "' as mine", [n]).then(
        ({ rows }) => counts[rows[0].one === n && rows[0].mine === mine ? 'right' : 'wrong']++,
        (error) => { if (!['26000', '42P05'].includes(error.code)) throw error; counts.lost++ },
      )
    }
    for (let n = 0; n < Number(process.argv[3]); n += 25) await Promise.all(Array.from({ length: 25 }, (_, i) => ask(n + i)))
    console.log(JSON.stringify(counts))
    await pool.end()`
  const [command, args] = plainNode(['--input-type=module', '-e', script, '--', url, who, String(asked)])
  const { stdout } = await run(command, args)
  const counts: { right: number; wrong: number; lost: number } = JSON.parse(stdout)
  return counts
}

t.test('of 5,000 answers to two processes none is the answer to another statement', async (t) => {
  const { url, drop } = await createTestDatabase()
  t.teardown(drop)
  for (const tracksStatements of [false, true]) {
    const pooler = await startTransactionPooler(t, { url, size: 2, tracksStatements })
    const asked = tracksStatements ? 2_500 : 500
    const begun = performance.now()
    const counts = await Promise.all(['A', 'B'].map((who) => answersOf(pooler.url, who, asked)))
    t.comment(`${Math.round(performance.now() - begun)} ms: ${JSON.stringify({ tracksStatements, counts })}`)
    for (const { wrong, right, lost } of counts) {
      t.equal(wrong, 0)
      t.equal(right + lost, asked)
      if (tracksStatements) t.equal(lost, 0, 'each is prepared where it runs')
    }
  }
})
