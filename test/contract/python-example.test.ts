/** The Python example does what docs/tasks/python.md says of it: run by the system's Python with httpx, skipped where there is none. */
import { execFile, spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { pythonScript } from '../project/document-snippets.ts'
import { root } from '../project/source-files.ts'
import { startBench, testKey } from '../support/service.ts'

const folder = join(root, 'examples/python')
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import httpx']).status === 0,
)
const skip = python === undefined ? 'no python3 with httpx here: apt-get install python3-httpx' : false

async function run(args: string[], environment: Record<string, string>): Promise<string> {
  const env = { PATH: process.env.PATH, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', ...environment }
  const { stdout } = await promisify(execFile)(python ?? '', args, { cwd: folder, env, timeout: 60_000 })
  return stdout
}

t.test('one job goes from create to callback', { skip }, async (t) => {
  const bench = await startBench(t)
  const output = await run(['example.py'], { FAL_JOBS_URL: bench.service.url, FAL_JOBS_KEY: testKey })
  const lines = output.trim().split('\n')
  t.equal(lines[0], 'refused Unknown field "promt". Did you mean "prompt"?')
  t.match(lines[1], /^created job_/)
  t.strictSame(
    lines
      .filter((line) => line.startsWith('event') && !line.includes('callback'))
      .map((line) => line.split(' ')[2]),
    ['job.created', 'job.submitted', 'job.running', 'job.completed', 'archive.started', 'archive.archived'],
  )
  t.ok(lines.includes('finished completed archived 3000'), output)
  t.strictSame(lines.filter((line) => line.startsWith('callback')).sort(), [
    'callback job.archived completed',
    'callback job.completed completed',
  ])
})

t.test('the Python of the documents runs', { skip }, async (t) => {
  const bench = await startBench(t)
  const jobs =
    'import os\nfrom fal_jobs import FalJobs\njobs = FalJobs(os.environ["FAL_JOBS_URL"], os.environ["FAL_JOBS_KEY"])'
  const documents = globSync('docs/tasks/*.md', { cwd: root }).filter((path) => pythonScript(path) !== '')
  t.ok(documents.length >= 4, documents.join())
  for (const document of documents) {
    const script = `${jobs}\n${pythonScript(document)}`
    const environment = { FAL_JOBS_URL: bench.service.url, FAL_JOBS_KEY: testKey }
    await t.resolves(run(['-c', script], environment), document)
  }
})

t.test('a stream that is cut is resumed, with every event once', { skip }, async (t) => {
  const positions: (string | undefined)[] = []
  const url = await serve(t, (request, response) => {
    positions.push(request.headers['last-event-id'] as string | undefined)
    if (positions.length === 3) return response.writeHead(204).end()
    const seq = positions.length
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`: alive\n\nid: ${seq}\nevent: job.running\ndata: {"seq": ${seq}}\n\n`, () =>
      response.destroy(),
    )
  })
  const script = `
from fal_jobs import FalJobs
print([event["seq"] for event in FalJobs("${url}", "key").watch("job_1")])`
  t.equal((await run(['-c', script], {})).trim(), '[1, 2]')
  t.strictSame(positions, [undefined, '1', '2'])
})

t.test('a create is repeated under one key, another POST is not', { skip }, async (t) => {
  const keys: (string | undefined)[] = []
  let others = 0
  const url = await serve(t, (request, response) => {
    const isCreate = request.url === '/api/jobs'
    if (isCreate) keys.push(request.headers['idempotency-key'] as string | undefined)
    else others += 1
    if (keys.length === 1 || !isCreate) return response.writeHead(503, { 'retry-after': '0' }).end('away')
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"id": "job_1"}')
  })
  const script = `
from fal_jobs import FalJobs, FalJobsError
jobs = FalJobs("${url}", "key")
print(jobs.create({"model": "flux-schnell"})["id"])
try:
    jobs.call("POST", "/api/jobs/job_1/retry")
except FalJobsError as error:
    print(error)`
  t.equal((await run(['-c', script], {})).trim(), 'job_1\nUNEXPECTED_ANSWER: HTTP 503')
  t.equal(keys.length, 2)
  t.equal(keys[0], keys[1])
  t.equal(others, 1)
})

t.test('a callback that was changed, or is old, is no callback', { skip }, async (t) => {
  const script = `
import base64, hashlib, hmac, time
from fal_jobs import verify_callback
secret = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ....").decode()
def headers(body, age=0):
    sent_at = str(int(time.time()) - age)
    mac = hmac.new(base64.b64decode(secret[6:]), f"cb_1.{sent_at}.".encode() + body, hashlib.sha256)
    signature = "v1," + base64.b64encode(mac.digest()).decode()
    return {"webhook-id": "cb_1", "webhook-timestamp": sent_at, "webhook-signature": "v1,bm8= " + signature}
print(verify_callback(secret, headers(b'{"type":"callback.test"}'), b'{"type":"callback.test"}')["type"])
for given, body in ((headers(b"{}"), b"[]"), (headers(b"{}", 400), b"{}")):
    try:
        verify_callback(secret, given, body)
    except ValueError as error:
        print(error)`
  t.strictSame((await run(['-c', script], {})).trim().split('\n'), [
    'callback.test',
    'The signature of the callback is wrong.',
    'The callback is too old or from the future.',
  ])
})

async function serve(
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
