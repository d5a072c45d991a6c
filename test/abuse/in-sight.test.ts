/** What clients, browsers and terminals see: no secret, no path of the operator, no content without the scope, no cache. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { request } from 'undici'
import { plainText } from '../../src/cli/terminal/plain-text.ts'
import { readConfig } from '../../src/config/config.ts'
import { publicReason } from '../../src/domain/archive-reason.ts'
import { bearer, startJobBench } from '../http/job-bench.ts'
import { falKey } from '../support/service.ts'
import { startHostileFal } from './hostile-fal.ts'

t.test('one service', async (t) => {
  const secret = falKey.split(':')[1] ?? ''
  const fal = await startHostileFal(t, {
    resultOf: ({ prompt }, origin) =>
      prompt === 'echo'
        ? JSON.stringify({ text: `your key is ${falKey}, or ${secret}` })
        : JSON.stringify({ images: [{ url: `${origin}/files/missing.png` }] }),
    file: (_request, response) => void response.writeHead(404).end(),
  })
  const bench = await startJobBench(t, { environment: fal.environment })

  await t.test('the FAL key in an echo of FAL is masked, by webhook and by poll', async (t) => {
    for (const by of ['webhook', 'poll']) {
      const { id } = await bench.create({ model: 'hostile/app', input: { prompt: 'echo' } })
      const running = await bench.until(id, ({ fal }) => fal.requestId !== null)
      if (by === 'webhook') t.equal(await fal.sendWebhook(String(running.fal.requestId)), 200)
      else await bench.call('POST', `/api/jobs/${id}/poll`)
      const job = await bench.settled(id)
      t.match(job.result, { text: /your key is \[FAL key\]/ }, by)
      t.notOk(JSON.stringify(job).includes(secret))
    }
    const stored = await bench.query('select body from webhook_delivery')
    t.ok(stored.length > 0)
    t.notOk(stored.some(({ body }) => String(body).includes(secret)))
  })

  await t.test('a key that may only write sees no content', async (t) => {
    const { id } = await bench.create({
      model: 'hostile/app',
      input: { prompt: 'secret wish' },
      metadata: { a: 'b' },
    })
    await bench.until(id, ({ fal }) => fal.requestId !== null)
    const [row] = await bench.query('select client_id from job where id = $1', [id.slice(4)])
    const { body: made } = await bench.call('POST', '/api/keys', {
      name: 'writer',
      scopes: ['jobs:write'],
      clientId: `cli_${String(row?.client_id)}`,
    })
    for (const action of ['poll', 'cancel', 'archive', 'retry']) {
      const { status, body } = await bench.call(
        'POST',
        `/api/jobs/${id}/${action}`,
        undefined,
        bearer(made.key),
      )
      t.ok([200, 202, 409].includes(status), `${action}: ${status}`)
      t.notOk(JSON.stringify(body).includes('secret wish'), action)
      if (status < 300) t.match(body, { params: {}, metadata: {}, media: [], result: null })
    }
  })

  await t.test('a failed copy tells its kind, not the host', async (t) => {
    const { id } = await bench.create({ model: 'hostile/app', input: { prompt: 'file' } })
    await bench.until(id, ({ fal }) => fal.requestId !== null)
    await bench.call('POST', `/api/jobs/${id}/poll`)
    const { archive } = await bench.until(id, (job) => job.archive.lastError !== null)
    t.equal(archive.lastError, 'gone: the file is no longer where FAL put it (file 0)')
    t.match(bench.logLines.join(''), /127\.0\.0\.1:\d+\/files\/missing\.png/, 'the log has it')
  })
})

t.test('headers, streams and names', async (t) => {
  const fal = await startHostileFal(t, { resultOf: () => '{}' })
  const bench = await startJobBench(t, { environment: fal.environment })

  await t.test('answers are not cached, and not taken for another type', async (t) => {
    for (const path of ['/api/jobs', '/api/jobs/x', '/api/none', '/docs', '/openapi.json', '/readyz']) {
      const { headers } = await bench.call('GET', path)
      t.equal(headers.get('x-content-type-options'), 'nosniff', path)
      if (path.startsWith('/api/')) t.equal(headers.get('cache-control'), 'no-store', path)
    }
  })

  await t.test('the stream of a revoked key is closed at once', async (t) => {
    const { id } = await bench.create({ model: 'hostile/app', input: { prompt: 'idle' } })
    const { body: made } = await bench.call('POST', '/api/keys', {
      name: 'reader',
      scopes: ['jobs:read'],
      clientId: await clientOf(id),
    })
    const stream = await request(`${bench.service.url}/api/jobs/${id}/events`, {
      headers: { ...bearer(made.key), accept: 'text/event-stream' },
    })
    const begun = performance.now()
    stream.body.once('data', () => void bench.call('DELETE', `/api/keys/${made.id}`))
    await stream.body.dump({ limit: 1e6 })
    t.ok(performance.now() - begun < 10_000, `closed after ${Math.round(performance.now() - begun)} ms`)
  })

  await t.test('a key cannot be named with control characters', async (t) => {
    const { status } = await bench.call('POST', '/api/keys', {
      name: '\u001b]0;x\u0007',
      scopes: ['jobs:read'],
    })
    t.equal(status, 422)
  })

  async function clientOf(jobId: string): Promise<string> {
    const [row] = await bench.query('select client_id from job where id = $1', [jobId.slice(4)])
    return `cli_${String(row?.client_id)}`
  }
})

t.test('archived files are their owner’s alone', async (t) => {
  const bench = await startJobBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'x' })
  await bench.settled(id)
  const names = await readdir(join(bench.archiveDir, 'archive'), { recursive: true })
  t.ok(names.length > 0)
  for (const name of names) {
    const found = await stat(join(bench.archiveDir, 'archive', name))
    t.equal(found.mode & 0o077, 0, name)
  }
})

t.test('a reason keeps its kind and its file only', async (t) => {
  t.equal(publicReason(null), null)
  t.equal(
    publicReason('later: bucket b at host 10.0.0.1 (manifest)'),
    'later: the file could not be copied just now (manifest)',
  )
  t.equal(
    publicReason("Cannot destructure property 'address'"),
    'later: the file could not be copied just now',
  )
})

t.test('control characters are shown, not sent to the terminal', async (t) => {
  t.equal(
    plainText('\u001b]0;PWNED\u0007\u001b[2J\u009b1m\tok\n'),
    '\\u001b]0;PWNED\\u0007\\u001b[2J\\u009b1m\tok\n',
  )
})

t.test('the published key of the compose file is refused in production', async (t) => {
  const environment = {
    NODE_ENV: 'production',
    FAL_KEY: falKey,
    BOOTSTRAP_API_KEY: 'compose-admin-key-change-me',
  }
  t.throws(() => readConfig(environment), {
    message: /BOOTSTRAP_API_KEY: is the one that docker-compose.yml publishes/,
  })
  const open = readConfig({ ...environment, BOOTSTRAP_API_KEY: 'x'.repeat(40), CALLBACK_ALLOW_PRIVATE: '1' })
  t.ok(open.warnings.some((text) => text.startsWith('CALLBACK_ALLOW_PRIVATE is set in production')))
})
