/**
 * FAL's clients that take another base but no proxy: the calls of FAL's Python client (and of those in Swift, Kotlin and
 * Dart, which call alike), as it makes them on the wire, with only its hosts and its key changed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startBench, testKey } from '../support/service.ts'

const bench = await startBench(t, { environment: { PROXY_RUN_WAIT_SECONDS: '5', APP_URL: '' } })
/** `FAL_QUEUE_RUN_HOST`, `FAL_RUN_HOST` and the REST host of the client. */
const queue = new URL('/api/fal/queue', bench.service.url).href
const run = new URL('/api/fal/run', bench.service.url).href
const rest = new URL('/api/fal/rest', bench.service.url).href

async function call(method: string, url: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Key ${testKey}`,
      'user-agent': 'fal-client/1.0.3 (python)',
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

/** As `handle.iter_events(with_logs=True)` reads the statuses: KeyErrors of the client are failures here. */
async function statusesOf(t: Test, statusUrl: string): Promise<string[]> {
  const seen: string[] = []
  for (;;) {
    const { body } = await call('GET', `${statusUrl}?logs=true`)
    if (body.status === 'IN_QUEUE') t.type(body.queue_position, 'number')
    else if (body.status === 'IN_PROGRESS') t.ok(Array.isArray(body.logs))
    else {
      t.equal(body.status, 'COMPLETED')
      t.ok(Array.isArray(body.logs) && typeof body.metrics === 'object')
    }
    if (seen.at(-1) !== body.status) seen.push(body.status)
    if (body.status === 'COMPLETED') return seen
    await delay(20)
  }
}

/** Held for five seconds, while the other tests run. */
const slowRun = call('POST', `${run}/fal-ai/flux/schnell`, { prompt: 'slow [fault:stuck]' })

t.test(
  'submit, iter_events, get: the links are ours, the priority and the start deadline arrive',
  async (t) => {
    const submitted = await call(
      'POST',
      `${queue}/fal-ai/flux/dev`,
      { prompt: 'a lighthouse', num_images: 2 },
      { 'x-fal-queue-priority': 'low', 'x-fal-request-start-timeout': '600.0', 'x-fal-runner-hint': 'warm' },
    )
    t.equal(submitted.status, 200)
    const { request_id: id, status_url: statusUrl, response_url: resultUrl } = submitted.body
    t.equal(statusUrl, `${queue}/fal-ai/flux/requests/${id}/status`)
    t.equal(resultUrl, `${queue}/fal-ai/flux/requests/${id}`)
    const statuses = await statusesOf(t, statusUrl)
    t.strictSame(statuses, [...new Set(statuses)], 'none comes twice')
    const result = await call('GET', resultUrl)
    t.equal(result.body.images.length, 2)
    t.match(result.headers.get('x-fal-billable-units') ?? '', /^[\d.]+$/)
    const job = await bench.service.services.store.jobs.get(`job_${id}`)
    t.strictSame(job?.queue, { priority: 'low', runnerHint: 'warm', startTimeoutSeconds: 600 })
  },
)

t.test('cancel, errors of the model and unknown requests', async (t) => {
  const stuck = await call('POST', `${queue}/fal-ai/flux/dev`, { prompt: 'x [fault:stuck]' })
  await bench.until(`job_${stuck.body.request_id}`, ({ fal }) => fal.requestId !== null)
  t.match((await call('PUT', stuck.body.cancel_url)).status, /^20[02]$/)
  await bench.until(`job_${stuck.body.request_id}`, ({ status }) => status === 'canceled')
  t.match((await call('GET', stuck.body.status_url)).body, {
    status: 'COMPLETED',
    error_type: 'client_cancelled',
  })

  const refused = await call('POST', `${queue}/fal-ai/flux/dev`, { prompt: 'x [fault:content-policy]' })
  await statusesOf(t, refused.body.status_url)
  t.match(await call('GET', refused.body.response_url), {
    status: 422,
    body: { detail: [{ type: 'content_policy_violation' }] },
  })
  const unknown = `${queue}/fal-ai/flux/requests/00000000-0000-4000-8000-000000000000`
  t.match(await call('GET', unknown), { status: 404, body: { status: 'NOT_FOUND' } })
})

t.test(
  'run is a job that is created and waited for; one that takes longer says where it goes on',
  async (t) => {
    const made = await call('POST', `${run}/fal-ai/flux/schnell`, { prompt: 'now' })
    t.equal(made.status, 200)
    const job = await bench.get(made.headers.get('x-fal-jobs-id') ?? '')
    t.match(job, { status: 'completed', archive: { status: 'archived' } })
    t.equal(
      new URL(made.body.images[0].url).host,
      new URL(bench.service.url).host,
      'with links of the archive',
    )

    const slow = await slowRun
    t.match(slow, {
      status: 400,
      body: { detail: 'Request is still in progress', status_url: new RegExp(`^${queue}/`) },
    })
    t.match((await call('PUT', slow.body.cancel_url)).status, /^20[02]$/, 'the job goes on')
    for (const path of ['/fal-ai/flux/dev/stream', '/fal-ai/flux/dev/realtime'])
      t.match(await call('POST', run + path, {}), { status: 400, body: { detail: /fal\.subscribe/ } })
  },
)

t.test('upload: the token is refused with a sentence, and the fallback works', async (t) => {
  const token = await call('POST', `${rest}/storage/auth/token?storage_type=fal-cdn-v3`, {})
  t.match(token, { status: 400, body: { detail: /upload by storage\/upload\/initiate/ } })
  for (const type of ['?storage_type=gcs', '?storage_type=fal-cdn-v3', '']) {
    const file = { file_name: 'a.txt', content_type: 'text/plain' }
    const { status, body } = await call('POST', `${rest}/storage/upload/initiate${type}`, file)
    t.equal(status, 200, type)
    const put = { method: 'PUT', body: 'hello', headers: { 'content-type': 'text/plain' } }
    t.equal((await fetch(body.upload_url, put)).status, 200)
    t.equal(await (await fetch(body.file_url)).text(), 'hello')
  }
})

t.test(
  'a field that is not known passes with a warning, a number that FAL would refuse is refused',
  async (t) => {
    const passed = await call('POST', `${queue}/fal-ai/flux/dev`, {
      prompt: 'new [fault:stuck]',
      brand_new: { a: 1 },
    })
    t.equal(passed.status, 200)
    t.match(passed.headers.get('x-fal-jobs-warnings') ?? '', /^brand_new: /)
    const id = `job_${passed.body.request_id}`
    await bench.until(id, (job) => job.fal.requestId !== null)
    t.match((await bench.service.services.store.jobs.get(id))?.input, { brand_new: { a: 1 } })
    await bench.call('POST', `/api/jobs/${id}/cancel`)
    await bench.until(id, ({ status }) => status === 'canceled')
    t.equal((await bench.call('POST', `/api/jobs/${id}/retry`)).status, 202, 'and it can be retried')

    const refused = await call('POST', `${queue}/fal-ai/flux/dev`, { prompt: 'x', num_images: 99 })
    t.match(refused, {
      status: 422,
      body: { detail: [{ loc: ['body', 'num_images'], type: 'value_error', msg: /99 is not accepted/ }] },
    })
    t.ok(refused.headers.get('x-fal-request-id'), 'clients show the id of this header')
  },
)

t.test('credentials of FAL’s are refused with a sentence, and an upload policy by its name', async (t) => {
  const submit = (headers: Record<string, string>) =>
    call('POST', `${queue}/fal-ai/flux/schnell`, { prompt: 'x' }, headers)
  t.match(await submit({ authorization: 'Bearer eyJhbGciOi.eyJzdWIiOi.c2ln' }), {
    status: 401,
    body: { detail: /OAuth access tokens are not accepted/ },
  })
  t.match(await submit({ authorization: 'Key abc-123:0123456789abcdef' }), {
    status: 401,
    body: { detail: /FAL's own keys are not accepted/ },
  })
  t.match(await submit({ 'x-app-fal-upload-policy': '{}' }), {
    status: 422,
    body: { detail: [{ loc: ['header', 'x-app-fal-upload-policy'], msg: /archives the files itself/ }] },
  })
})
