/** A database that cannot be used, refuses or is empty: told in one line with what to do, never as a stack. */
import { readdirSync } from 'node:fs'
import pg from 'pg'
import t from 'tap'
import { ArchiveError } from '../../src/domain/archive-error.ts'
import { NotComparedError } from '../../src/jobs/maintenance/reconcile.ts'
import { plainFailure } from '../../src/process/plain-failure.ts'
import { createEmptyDatabase } from '../support/database.ts'
import { engineSchema } from '../support/engine-tables.ts'
import { runCommand } from '../support/run-command.ts'

const falKey = { FAL_KEY: 'a:b', LOG_LEVEL: 'silent' }

t.test('a role that may not create is told what to grant', async (t) => {
  const database = await createEmptyDatabase()
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  const role = `r_${process.pid}`
  t.teardown(async () => {
    await admin.query(`drop owned by ${role}`)
    await admin.query(`drop role ${role}`)
    await admin.end()
    await database.drop()
  })
  await admin.query(`create role ${role} login password 'p'`)
  const url = new URL(database.url)
  Object.assign(url, { username: role, password: 'p' })
  const migrate = (...options: string[]) =>
    runCommand(['migrate', ...options], { ...falKey, DATABASE_URL: url.href })
  t.match(await migrate(), {
    code: 1,
    stderr: /^migration failed: [^\n]+\(permission denied for schema public\)[^\n]+GRANT it CREATE [^\n]+\n$/,
  })
  await admin.query(`grant create on schema public to ${role}`)
  t.match(await migrate(), {
    code: 1,
    stderr: /^[^\n]+\(permission denied for database [^\n]+ GRANT [^\n]+\n$/,
  })
  // The limits of the role are for requests: an index may take longer than they allow.
  await admin.query(`alter role ${role} set statement_timeout = '1ms'`)
  await admin.query(`create schema ${engineSchema} authorization ${role}`)
  t.match(await migrate(), { code: 0, stderr: '' }, 'a schema that is there need not be made')
})

t.test('the tables of another application are not met by a migration', async (t) => {
  const database = await createEmptyDatabase()
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  t.teardown(async () => {
    await admin.end()
    await database.drop()
  })
  await admin.query('create table account (id int); create table job (id int); create table theirs (id int)')
  const migrate = (query = '') =>
    runCommand(['migrate'], { ...falKey, DATABASE_URL: `${database.url}${query}` })
  t.match(await migrate(), {
    code: 1,
    stderr:
      /^migration failed: the schema public has tables of another application \(account, job\)[^\n]+\n$/,
  })
  const { rows } = await admin.query(
    "select count(*)::int as tables from pg_tables where schemaname = 'public'",
  )
  t.strictSame(rows, [{ tables: 3 }], 'nothing was made')
  const own = '?options=-c%20search_path%3Down'
  t.match(await migrate(own), { code: 1, stderr: /^[^\n]+ search_path names no schema that exists[^\n]+\n$/ })
  await admin.query('create schema own')
  t.match(await migrate(own), { code: 0, stderr: '' }, 'beside them in a schema of its own')
})

t.test('a server without TLS and a certificate of an unknown issuer are no stacks', async (t) => {
  const database = await createEmptyDatabase()
  t.teardown(() => database.drop())
  const { code, stderr } = await runCommand(['migrate'], {
    ...falKey,
    DATABASE_URL: `${database.url}?sslmode=require`,
  })
  t.equal(code, 1)
  t.match(
    stderr,
    /^[^\n]*the database cannot be used \(The server does not support SSL[^\n]+DATABASE_URL\.\n$/m,
  )
  const certless = `${database.url}?sslmode=verify-full&sslrootcert=/nope/ca.pem`
  t.match(await runCommand(['migrate'], { ...falKey, DATABASE_URL: certless }), {
    code: 1,
    stderr: /^migration failed: \/nope\/ca\.pem cannot be read [^\n]+\n$/,
  })
  const untrusted = Object.assign(new Error('self-signed certificate in certificate chain'), {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  })
  t.equal(
    plainFailure('migration failed', new Error('migration x failed', { cause: untrusted })),
    'migration failed: the database cannot be used (self-signed certificate in certificate chain). Name the file of the authority that signed its certificate in DATABASE_URL: sslmode=verify-full&sslrootcert=/path/ca.pem.\n',
  )
  const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const silent = new ArchiveError('later', 'no answer', away)
  t.match(plainFailure('fal-jobs verify failed', silent), /the archive/)
  const failures = new Map([
    ['copies', silent],
    ['objects', silent],
  ])
  t.equal(
    plainFailure('fal-jobs reconcile failed', new NotComparedError(failures)),
    'fal-jobs reconcile failed: copies and objects could not be compared: the archive cannot be used (no answer).\n',
  )
})

t.test('commands on a database without tables, or on none, say so and make nothing', async (t) => {
  const database = await createEmptyDatabase()
  t.teardown(() => database.drop())
  const dir = t.testdir()
  const commands = [['reconcile'], ['verify'], ['archive', 'sweep']]
  for (const command of commands) {
    t.match(await runCommand(command, { ...falKey, DATABASE_URL: database.url }), {
      code: 1,
      stderr: /^[^\n]+: the database has no tables yet: run "fal-jobs migrate"\.\n$/,
    })
    t.match(await runCommand(command, { ...falKey, DATA_DIR: dir }), {
      code: 1,
      stderr:
        /^[^\n]+: DATABASE_URL is not set and there is no database in [^\n]+ "fal-jobs migrate"[^\n]+\n$/,
    })
  }
  t.strictSame(readdirSync(dir), [])
  const environment = { ...falKey, DATABASE_URL: database.url, DATA_DIR: dir }
  const json = async (...command: string[]) => {
    const { code, stdout, stderr } = await runCommand([...command, '--json'], environment)
    t.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }
  t.equal((await json('migrate')).applied[0], '0001_jobs')
  t.strictSame(await json('migrate'), { applied: [] }, 'nothing is left to do')
  t.strictSame(await json('reconcile', '--no-archive'), { found: 0, repaired: 0, left: 0, notCompared: [] })
  const away = { ...falKey, DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' }
  t.match(await runCommand(['verify'], away), { code: 1, stderr: /^[^\n]+\(connect ECONNREFUSED[^\n]+\n$/ })
})
