/** The operator's commands against a running service: tables for people, --json for scripts, exit codes for both. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { plainFailure } from '../../src/process/plain-failure.ts'
import { newClient } from '../support/client.ts'
import { runCommand } from '../support/run-command.ts'
import { startBench, testKey } from '../support/service.ts'

t.test('jobs, shelf and keys do by hand what the API does', async (t) => {
  const bench = await startBench(t)
  const environment = { FAL_JOBS_URL: bench.service.url, FAL_JOBS_KEY: testKey }
  const run = (...args: string[]) => runCommand(args, environment)
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json')
    t.equal(code, 0, `${args.join(' ')} ${stderr}`)
    return JSON.parse(stdout)
  }
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a mill' })
  const watched = await run('jobs', 'watch', id)
  t.equal(watched.code, 0, watched.stderr)
  t.match(watched.stdout, `${id} completed`)

  const listed = await run('jobs', 'list', '--status', 'completed')
  t.match(
    listed.stdout,
    new RegExp(`^ID +STATUS[\\s\\S]*^${id} +completed +100 % +archived +flux-schnell`, 'm'),
  )
  const misspelt = await run('jobs', 'list', '--status', 'fialed')
  t.match(misspelt, { code: 1, stderr: /no status "fialed", only pending, [^\n]*failed[^\n]*\n$/ })
  const shown = await json('jobs', 'show', id)
  t.equal(shown.job.id, id)
  t.equal(shown.events[0].type, 'job.created')

  const lost = await bench.create({ model: 'flux-schnell', prompt: 'a ruin [fault:cdn-redirect-private]' })
  await bench.settled(lost.id)
  const shelf = await json('shelf', 'list')
  t.strictSame(
    shelf.data.map((job: { id: string }) => job.id),
    [lost.id],
  )
  const table = await run('shelf', 'list', '--kind', 'archive', '--all-clients')
  t.match(
    table.stdout,
    new RegExp(`^ID +CLIENT +KIND[\\s\\S]*^${lost.id} +cli_\\S+ +archive +1 of 1 files +\\d+ s`, 'm'),
  )
  t.match(await json('shelf', 'requeue', '--all'), [{ id: lost.id, kind: 'archive' }])
  await bench.settled(lost.id)
  t.match(await json('shelf', 'requeue', lost.id), [{ id: lost.id }])

  const bad = await bench.create({ model: 'flux-schnell', prompt: 'a fall [fault:model-error]' })
  await bench.settled(bad.id)
  t.equal((await run('jobs', 'watch', bad.id)).code, 1, 'a failed job is a failed watch')
  const again = await json('jobs', 'retry', bad.id)
  t.equal(again.retryOf, bad.id)

  const used = await run('usage', '--by', 'model,status')
  t.match(used.stdout, /^MODEL +STATUS +JOBS[^\n]* UNKNOWN\nflux-schnell +completed +2 +2 /)
  t.match(await json('usage', '--from', '2026-01-01', '--to', '2026-01-02'), { data: [] })
  t.match(await run('usage', '--by', 'nothing'), { code: 1, stderr: /one or two/ })

  const made = await json('keys', 'create', '--name', 'shop', '--scope', 'jobs:read')
  t.match(made.key, /.{20,}/)
  t.equal((await run('keys', 'revoke', made.id)).code, 0)
  t.match((await run('keys', 'list')).stdout, new RegExp(`${made.id}.* shop .*revoked`))
})

t.test(
  'an operator with the configuration sees the jobs of all clients, a key only those of its own',
  async (t) => {
    const bench = await startBench(t)
    const other = await newClient(bench)
    const job = await other.create({ model: 'flux-schnell', prompt: 'a tower' })
    const operator = (...args: string[]) => runCommand(['jobs', ...args, '--json'], bench.environment)
    const listed = await operator('list', '--all-clients', '--limit', '1')
    t.match(JSON.parse(listed.stdout).data, [{ id: job.id, clientId: other.clientId }], listed.stderr)
    const shown = JSON.parse((await operator('show', job.id, '--all-clients')).stdout)
    t.match(shown, { job: { id: job.id, clientId: other.clientId }, events: [{ type: 'job.created' }] })
    const missing = `job_${'0'.repeat(8)}-0000-7000-8000-000000000000`
    t.match(await operator('show', missing, '--all-clients'), { code: 1, stderr: /there is no such job\n$/ })
    t.match(await operator('list', '--all-clients', '--status', 'fialed'), {
      code: 2,
      stderr: /^--status: "fialed" is none of pending, running,/,
    })
    const asClient = { FAL_JOBS_URL: bench.service.url, FAL_JOBS_KEY: testKey }
    t.match(await runCommand(['jobs', 'show', job.id], asClient), { code: 1, stderr: /^NOT_FOUND/ })
  },
)

t.test('mistakes are told in one line, with exit code 2 for use and 1 for refusals', async (t) => {
  const nowhere = { FAL_JOBS_URL: 'http://127.0.0.1:9', FAL_JOBS_KEY: 'k' }
  const unreachable = await runCommand(['jobs', 'list'], nowhere)
  t.equal(unreachable.code, 1)
  t.match(unreachable.stderr, /^http:\/\/127\.0\.0\.1:9 cannot be reached: [^\n]+\n$/)
  const keyless = await runCommand(['jobs', 'list'], {})
  t.match(keyless, { code: 1, stderr: /^Set FAL_JOBS_KEY to [^\n]+\n$/ })
  for (const [typed, told] of [
    ['jobs fly', /^There is no command "fly"\n\nUsage: fal-jobs jobs/],
    ['jobs lst', /^There is no command "lst"; did you mean "list"\?\n\nUsage: fal-jobs jobs/],
    [
      'jobs list --staus failed',
      /^There is no option --staus; did you mean --status\?\n\nUsage: fal-jobs jobs/,
    ],
    ['migrate --jsn', /^There is no option --jsn; did you mean --json\?\n\nUsage: fal-jobs migrate/],
    ['serve --port 80', /^There is no option --port\n\nUsage: fal-jobs serve/],
    ['reconcil', /^There is no command "reconcil"; did you mean "reconcile"\?\n\n$/],
  ] as const)
    t.match(await runCommand(typed.split(' '), nowhere), { code: 2, stderr: told }, typed)
  const idless = await runCommand(['shelf', 'requeue'], nowhere)
  t.match(idless, { code: 2, stderr: /Give its id/ })
})

t.test('a start or command that cannot work says why in plain words, without a stack', async (t) => {
  const keyless = await runCommand(['reconcile'], {})
  t.equal(keyless.code, 1)
  t.match(keyless.stderr, /^The configuration has an error:\n {2}- FAL_KEY: [^\n]+\n$/)
  const away = {
    FAL_KEY: 'a:b',
    DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x',
    DATABASE_WAIT_SECONDS: '0',
  }
  for (const command of ['migrate', 'serve']) {
    const { code, stderr } = await runCommand([command], away)
    t.equal(code, 1)
    t.match(stderr, /^[^\n]+: the database cannot be used \(connect ECONNREFUSED 127\.0\.0\.1:1\)[^\n]+\n$/)
  }
  const squatter = createServer().listen(0, '127.0.0.1')
  t.teardown(() => squatter.close())
  await once(squatter, 'listening')
  const address = squatter.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const simulator = await runCommand(['simulator'], { SIMULATOR_PORT: String(port) })
  t.match(simulator, { code: 1, stderr: /^The simulator could not start: [^\n]+ SIMULATOR_PORT [^\n]+\n$/ })
  const second = createServer().listen(port, '127.0.0.1')
  const taken: unknown = await once(second, 'listening').catch((error: unknown) => error)
  t.equal(
    plainFailure('fal-jobs could not start', taken),
    `fal-jobs could not start: another program listens on 127.0.0.1:${port}. Set PORT to a free port.\n`,
  )
})

t.test('the .env of the folder is read, under what is set already', async (t) => {
  const dir = t.testdir({ '.env': 'FAL_JOBS_URL=http://127.0.0.1:9\nFAL_JOBS_KEY=k\n' })
  t.match((await runCommand(['jobs', 'list'], {}, dir)).stderr, /^http:\/\/127\.0\.0\.1:9 cannot be reached/)
  const set = await runCommand(['jobs', 'list'], { FAL_JOBS_URL: 'http://127.0.0.1:7' }, dir)
  t.match(set.stderr, /^http:\/\/127\.0\.0\.1:7 cannot be reached/)
  const odd = await runCommand(['jobs', 'list'], {}, t.testdir({ '.env': {} }))
  t.match(odd, { code: 1, stderr: /^\.env in [^\n]+ cannot be read[^\n]+\n$/ })
})

t.test("a client's weight and limit at FAL are set by command, and wrong ones change nothing", async (t) => {
  const bench = await startBench(t)
  const [key] = (await bench.call('GET', '/api/keys')).body.data
  const run = (...args: string[]) =>
    runCommand(['clients', ...args], { FAL_JOBS_URL: bench.service.url, FAL_JOBS_KEY: testKey })
  const set = await run('set', key.clientId, '--weight', '2.5', '--max-in-flight', '50', '--json')
  t.equal(set.code, 0, set.stderr)
  t.strictSame(JSON.parse(set.stdout), { turnWeight: 2.5, maxInFlight: 50 })
  t.match(await run('set', key.clientId, '--weight', 'x'), {
    code: 2,
    stderr: /--weight: "x" is not a number/,
  })
  t.match(await run('set', key.clientId, '--weight', '0'), { code: 1, stderr: /turnWeight/ })
  t.match(await run('set', 'cli_nobody', '--weight', '1'), { code: 1, stderr: /client does not exist/ })
  t.match(await run('show', key.clientId), { code: 0, stdout: /^weight +2.5\nmax in flight +50\n$/ })
  const { data } = JSON.parse((await run('list', '--json')).stdout)
  t.match(data, [{ id: key.clientId, keys: [{ id: key.id, name: key.name, state: 'valid' }] }])
  const back = await run('set', key.clientId, '--max-in-flight', 'default', '--json')
  t.strictSame(JSON.parse(back.stdout), { turnWeight: 2.5, maxInFlight: null })
})
