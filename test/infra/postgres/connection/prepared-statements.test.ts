/** Names of prepared statements mean one text in every process, so that a pooler's shared connections cannot mix them up. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { statementName } from '../../../../src/infra/postgres/connection/prepared-statements.ts'
import { createTestDatabase } from '../../../support/database.ts'
import { plainNode } from '../../../support/plain-node.ts'

const run = promisify(execFile)
const module = new URL('../../../../src/infra/postgres/connection/database.ts', import.meta.url).href

/** Runs `texts` in this order in a process of its own; resolves to the statements its connection prepared, by name. */
async function preparedBy(url: string, texts: readonly string[]): Promise<Map<string, string>> {
  const script = `
    const { openDatabase } = await import(${JSON.stringify(module)})
    const { pool } = openDatabase({ url: process.argv[1], size: 1, log: { warn() {} } })
    for (const text of JSON.parse(process.argv[2])) await pool.query(text, [1])
    const { rows } = await pool.query('select name, statement from pg_prepared_statements')
    console.log(JSON.stringify(rows))
    await pool.end()`
  const [command, args] = plainNode(['--input-type=module', '-e', script, '--', url, JSON.stringify(texts)])
  const { stdout } = await run(command, args)
  const rows: { name: string; statement: string }[] = JSON.parse(stdout)
  return new Map(rows.map(({ name, statement }) => [name, statement]))
}

t.test('two processes give the same text the same name and never two texts one name', async (t) => {
  const database = await createTestDatabase()
  t.teardown(() => database.drop())
  const texts = ['A', 'B', 'C'].map((letter) => `select $1::int as one, '${letter}' as letter`)
  const [first, second] = await Promise.all([
    preparedBy(database.url, texts),
    preparedBy(database.url, texts.toReversed()),
  ])
  t.equal(first.size, texts.length, 'each text is prepared')
  t.strictSame([...first].sort(), [...second].sort())
  t.strictSame(
    [...first.keys()].sort(),
    texts.map(statementName).sort(),
    'the name is derived from the text alone',
  )
})

t.test('a name fits into what PostgreSQL keeps of it', async (t) => {
  t.ok(statementName('select 1'.repeat(1_000)).length <= 63)
})
