/** The doctor finds what is wrong and says what to do; a healthy installation passes, and no secret is printed. */
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { checkWebhookPath } from '../../../src/doctor/check-webhook-path.ts'
import { runCommand } from '../../support/run-command.ts'
import { falKey, startBench } from '../../support/service.ts'

interface Report {
  ok: boolean
  checks: { name: string; status: string; detail: string; remedy: string | null }[]
}

async function diagnose(environment: Record<string, string>) {
  const { code, stdout, stderr } = await runCommand(['doctor', '--json'], environment)
  const report: Report = JSON.parse(stdout)
  return {
    code,
    report,
    output: stdout + stderr,
    of: (name: string) => report.checks.find((check) => check.name === name),
  }
}

t.test('a healthy installation passes, and every dependency was tried', async (t) => {
  const bench = await startBench(t)
  const { code, report, of, output } = await diagnose(bench.environment)
  t.equal(code, 0, output)
  t.equal(report.ok, true)
  for (const name of ['configuration', 'database', 'migrations', 'outgoing', 'archive', 'FAL_KEY', 'key set'])
    t.equal(of(name)?.status, 'ok', `${name}: ${of(name)?.detail}`)
  t.match(of('webhook')?.detail, /loopback address/, 'reached, and said that FAL cannot')
  t.notOk(output.includes(falKey))
})

t.test(
  'a refused key, an empty database and a folder that cannot be are named with their remedies',
  async (t) => {
    const bench = await startBench(t)
    bench.simulator.admin.revokeKey(falKey)
    const empty = new URL(bench.database.url)
    empty.pathname = '/postgres'
    const { code, of } = await diagnose({
      ...bench.environment,
      DATABASE_URL: empty.href,
      ARCHIVE_DIR: '/dev/null/archive',
    })
    t.equal(code, 1)
    t.match(of('FAL_KEY'), { status: 'failed', detail: /refuses it \(401\)/, remedy: /dashboard\/keys/ })
    t.match(of('migrations'), { status: 'failed', remedy: /fal-jobs migrate/ })
    t.match(of('archive'), { status: 'failed', remedy: /writable/ })
  },
)

t.test("a machine's clock that is off is a warning, since the service goes by the database's", async (t) => {
  const bench = await startBench(t)
  const ahead = createServer((request, answer) => {
    request.resume()
    answer.sendDate = false
    answer.setHeader('date', new Date(Date.now() + 1_200_000).toUTCString())
    answer.setHeader('content-type', 'application/json').end('{"models":[],"prices":[]}')
  })
  ahead.listen(0, '127.0.0.1')
  await once(ahead, 'listening')
  t.teardown(() => ahead.close())
  const { port } = ahead.address() as AddressInfo
  const platform = { FAL_PLATFORM_BASE: `http://127.0.0.1:${port}` }
  const { code, of, output } = await diagnose({ ...bench.environment, ...platform })
  t.match(of('FAL_KEY'), { status: 'warning', detail: /clock is off by (1199|1200|1201) s/, remedy: /NTP/ })
  t.equal(code, 0, output)
})

t.test('what is odd in the configuration is a warning of the doctor', async (t) => {
  const bench = await startBench(t)
  const { report, output } = await diagnose({ ...bench.environment, FAL_KEY: 'pasted', FAL_KYE_NEW: 'x' })
  const warned = report.checks.filter(({ status }) => status === 'warning').map(({ detail }) => detail)
  t.match(warned, [/^FAL_KEY does not look like a FAL key/, /^FAL_KYE_NEW is set .*did you mean FAL_KEY_NEW/])
  t.notOk(output.includes('pasted'))
})

t.test('nothing reachable: each says so, and nothing is left unsaid', async (t) => {
  const nowhere = 'http://127.0.0.1:9'
  const { code, report, of } = await diagnose({
    FAL_KEY: falKey,
    FAL_ALLOW_LOOPBACK: '1',
    FAL_QUEUE_BASE: nowhere,
    FAL_API_BASE: nowhere,
    FAL_PLATFORM_BASE: nowhere,
    DATABASE_URL: 'postgres://nobody:hunter2@127.0.0.1:9/none',
    APP_URL: nowhere,
    ARCHIVE_DIR: '/dev/null/archive',
  })
  t.equal(code, 1)
  for (const name of ['migrations', 'sessions'])
    t.match(of(name), { status: 'skipped', remedy: null }, 'only what is wrong is called wrong')
  for (const { name, status, remedy } of report.checks.slice(1)) {
    if (['migrations', 'sessions', 'outgoing'].includes(name)) continue
    t.equal(status, 'failed', name)
    t.ok(remedy, name)
  }
  t.notMatch(JSON.stringify(report), /hunter2/)
})

t.test('a wrong variable is told before anything else is tried', async (t) => {
  const { code, stdout } = await runCommand(['doctor'], { PORT: 'eighty' })
  t.equal(code, 1)
  t.match(stdout, /^FAIL {2}configuration +PORT: must be a whole number/m)
})

t.test('a secret file that cannot be read is one error, not also a missing secret', async (t) => {
  const one = await diagnose({ FAL_KEY_FILE: '/nope' })
  t.match(one.report.checks, [{ name: 'configuration', detail: /^FAL_KEY_FILE: .*\/nope cannot be read/ }])
  t.equal(one.report.checks.length, 1, one.output)
  const s3 = { ARCHIVE_BUCKET: 'b', S3_REGION: 'eu-west-1', S3_ACCESS_KEY_ID: 'id' }
  const two = await diagnose({ FAL_KEY: falKey, ...s3, S3_SECRET_ACCESS_KEY_FILE: '/nope' })
  t.equal(two.report.checks.length, 1, two.output)
})

t.test('a proxy that redirects, rewrites bodies or answers itself is found out', async (t) => {
  const bench = await startBench(t)
  const target = new URL(bench.service.url)
  let mode: 'redirect' | 'rewrite' | 'own' | 'alone' | 'pass' = 'pass'
  const proxy = createServer((incoming, answer) => {
    if (mode === 'redirect') return void answer.writeHead(308, { location: 'https://elsewhere/' }).end()
    if (mode === 'own') return void answer.writeHead(403).end('Are you human?')
    if (mode === 'alone') return void answer.writeHead(502).end('Bad Gateway')
    const onward = httpRequest(
      {
        host: target.hostname,
        port: target.port,
        path: incoming.url,
        method: 'POST',
        headers: { ...incoming.headers },
      },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      },
    )
    if (mode === 'pass') return void incoming.pipe(onward)
    incoming.resume()
    onward.removeHeader('content-length')
    onward.end('{"probe":1,"text":"üü"}')
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  const { port } = proxy.address() as AddressInfo
  const webhook = () => checkWebhookPath(`http://127.0.0.1:${port}`, '/api/fal/webhook')
  t.match(await webhook(), { status: 'warning', detail: /it works from here/ })
  mode = 'redirect'
  t.match(await webhook(), { status: 'failed', detail: /redirects to https:\/\/elsewhere/ })
  mode = 'rewrite'
  t.match(await webhook(), { status: 'failed', detail: /arrives changed/ })
  mode = 'own'
  t.match(await webhook(), { status: 'failed', detail: /something else answers there \(403\)/ })
  mode = 'alone'
  t.match(await webhook(), {
    status: 'failed',
    detail: /a proxy answers there \(502\), but reaches no replica/,
  })
})

t.test('--render makes one picture, and only with consent', async (t) => {
  const bench = await startBench(t)
  const asked = await runCommand(['doctor', '--render'], bench.environment)
  t.equal(asked.code, 2)
  t.match(asked.stderr, /for about 0\.\d+ USD: confirm with --yes/)
  t.equal(bench.simulator.admin.totals().submits, 0, 'nothing was sent')
  const { code, stdout } = await runCommand(['doctor', '--json', '--render', '--yes'], bench.environment)
  t.equal(code, 0, stdout)
  const { checks }: Report = JSON.parse(stdout)
  t.match(checks.at(-1), {
    name: 'render',
    status: 'ok',
    detail: /a picture of \d{3,} bytes in .* s \(request /,
  })
  t.equal(bench.simulator.admin.totals().submits, 1)
})
