/**
 * A hostile body costs its sender more than the service: scope before reading, shape before parsing, few faults in the
 * answer, none in the log.
 */
import { connect } from 'node:net'
import t from 'tap'
import { bearer, type JobBench, startJobBench } from '../http/job-bench.ts'

const mostAnswerBytes = 64 * 1024
const mostLineBytes = 8 * 1024

t.test('hostile bodies', async (t) => {
  const bench = await startJobBench(t)
  const reader = await bench.newKey(['jobs:read'])
  const writer = bearer(await bench.newKey(['jobs:read', 'jobs:write']))

  await t.test('a key without the scope is refused before its body arrives', async (t) => {
    for (const path of ['/api/jobs', '/api/jobs/batch', '/api/jobs/quote', '/api/keys']) {
      t.match(await statusBeforeBody(bench, path, reader), /^HTTP\/1\.1 403 /, path)
    }
    t.match(await statusBeforeBody(bench, '/api/fal/proxy', reader, submitHeader), /^HTTP\/1\.1 403 /)
  })

  const zeros = (count: number) => Array.from({ length: count }, () => 0)
  const keys = (count: number) => Object.fromEntries(zeros(count).map((_, index) => [`k${index}`, 0]))
  const create = { model: 'flux-schnell', prompt: 'x' }
  const rows: [string, string, object, number][] = [
    ['a million zeros', '/api/jobs', { ...create, inputImageUrls: zeros(1_000_000) }, 1],
    ['zeros below the limit of values', '/api/jobs', { ...create, inputImageUrls: zeros(40_000) }, 1],
    ['unknown fields', '/api/jobs', { ...create, ...keys(100_000) }, 1],
    ['unknown fields below the limit', '/api/jobs', { ...create, ...keys(40_000) }, 1],
    ['unknown fields of FAL', '/api/jobs', { ...create, input: keys(900) }, 20],
    ['unknown fields of FAL above the limit', '/api/jobs', { ...create, input: keys(20_000) }, 1],
    ['fields of an unlisted model', '/api/jobs', { model: 'a/b', input: keys(700_000) }, 1],
    ['callback events', '/api/jobs', { ...create, callbackEvents: Array(200_000).fill('job.failed') }, 1],
    ['metadata', '/api/jobs', { ...create, metadata: keys(40_000) }, 1],
    ['a field name of a megabyte', '/api/jobs', { ...create, [`k${'x'.repeat(1_000_000)}`]: 0 }, 1],
    ['few unknown fields', '/api/jobs', { ...create, ...keys(300) }, 20],
    ['long unknown fields', '/api/jobs', { ...create, ...longKeys(300) }, 20],
  ]
  for (const [name, path, body, faults] of rows) {
    await t.test(name, async (t) => {
      const from = bench.logLines.length
      const answer = await bench.call('POST', path, body, writer)
      t.match(answer, { status: 422, body: { code: 'INVALID_PARAMS' } })
      t.equal(answer.body.errors.length, faults)
      t.ok(JSON.stringify(answer.body).length <= mostAnswerBytes)
      const lines = bench.logLines.slice(from)
      t.match(lines.join(''), `"faults":${faults}`)
      t.ok(Math.max(...lines.map((line) => line.length)) <= mostLineBytes)
    })
  }

  await t.test('a batch of bad items is answered item by item', async (t) => {
    const bad = { ...create, ...keys(400) }
    const jobs = [...Array(98).fill(bad), { prompt: 'no model' }, { ...create, archive: false }]
    const { status, body } = await bench.checked('POST', '/api/jobs/batch', { jobs }, writer)
    t.equal(status, 200)
    t.ok(JSON.stringify(body).length < 99 * 8 * 1024, 'the faults of an item are few')
    t.match(body.data[0].problem, { code: 'INVALID_PARAMS', errors: [{ pointer: '/k0' }] })
    t.match(body.data[98].problem, { errors: [{ pointer: '/model', code: 'required' }] })
    t.match(body.data[99], { status: 202, body: { model: 'flux-schnell' } })
  })

  await t.test('only creates may be large', async (t) => {
    const large = { name: 'x'.repeat(100_000), scopes: ['jobs:read'] }
    t.match(await bench.call('POST', '/api/keys', large), {
      status: 413,
      body: { code: 'PAYLOAD_TOO_LARGE' },
    })
    const image = { ...create, input: { x: 'x'.repeat(100_000) } }
    t.equal(
      (await bench.call('POST', '/api/jobs', image, writer)).status,
      422,
      'read, and its field is unknown',
    )
  })
})

const submitHeader = 'x-fal-target-url: https://queue.fal.run/fal-ai/flux/schnell\r\n'

const longKeys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}${'k'.repeat(1_000)}`, 0]))

/** The first line of the answer to a request that announces a body and sends only its first byte. */
function statusBeforeBody(bench: JobBench, path: string, key: string, more = ''): Promise<string> {
  const { port } = new URL(bench.service.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`
      socket.write(`${head}${more}content-length: 50000\r\n\r\n{`)
    })
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer before the body')))
    socket.once('data', (chunk) => {
      socket.destroy()
      resolve(chunk.toString().split('\r\n', 1)[0] ?? '')
    })
    socket.once('error', reject)
  })
}
