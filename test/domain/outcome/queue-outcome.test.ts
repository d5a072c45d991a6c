/** What the queue's answers are taken for: a verdict only from FAL or the model, never from an ingress page. */
import fc from 'fast-check'
import t from 'tap'
import { outcomeOfResult, outcomeOfStatus } from '../../../src/domain/outcome/queue-outcome.ts'

const status = (http: number, body: unknown) =>
  outcomeOfStatus(http, typeof body === 'string' ? body : JSON.stringify(body))
const result = (http: number, body: unknown, headers: Record<string, string> = { 'x-fal-request-id': 'r' }) =>
  outcomeOfResult(http, headers, typeof body === 'string' ? body : JSON.stringify(body))
const list = (type: string, msg = 'said so') => ({
  detail: [{ type, msg, loc: ['body', 'image_url'], input: 'x'.repeat(9_000) }],
})

t.test('status answers', async (t) => {
  t.same(status(202, { status: 'IN_QUEUE', queue_position: 2, logs: null }), {
    type: 'queued',
    queuePosition: 2,
    logs: [],
  })
  t.match(status(202, { status: 'IN_QUEUE' }), { queuePosition: null })
  t.match(status(202, { status: 'IN_PROGRESS', logs: [{ message: '50%|' }] }), {
    type: 'running',
    percent: 0.5,
  })
  t.match(status(200, { status: 'COMPLETED', metrics: { inference_time: 3.42 } }), {
    type: 'finished',
    inferenceSeconds: 3.42,
  })
  t.match(status(200, { status: 'COMPLETED', metrics: { inference_time: null } }), { inferenceSeconds: null })
  t.match(status(200, { status: 'COMPLETED', error: 'Request timed out', error_type: 'request_timeout' }), {
    type: 'finished',
    hint: 'Request timed out',
  })
  t.match(status(202, { status: 'WARMING_UP' }), { type: 'running' }, 'an unknown word is "not finished"')
  t.match(
    status(200, { status: 'DONE' }),
    { type: 'finished' },
    '200 alone is completion for FAL’s own client',
  )
  t.same(status(404, { status: 'NOT_FOUND' }), { type: 'forgotten' })
})

t.test('a status answer that decides nothing', async (t) => {
  for (const [http, body] of [
    [404, '<html>'],
    [404, { detail: 'Path /x not found' }],
    [405, {}],
    [500, { detail: 'x' }],
    [502, '<html>'],
    [200, ''],
    [200, '[]'],
    [200, {}],
    [302, ''],
    [429, {}],
  ] as const) {
    t.equal(status(http, body).type, 'unknown', `${http} ${JSON.stringify(body)}`)
  }
  t.match(status(401, { detail: 'No user found' }), {
    type: 'unknown',
    code: 'FAL_AUTH',
    reason: /No user found/,
  })
  t.match(status(408, ''), { code: 'FAL_TIMEOUT' })
})

t.test('a 2xx result is the model’s output, exact', async (t) => {
  const raw = '{"seed": 17454220438242315174, "timings": {"inference": 1.5}}'
  t.match(result(200, raw, { 'x-fal-billable-units': '2' }), {
    type: 'completed',
    result: '{"seed":17454220438242315174,"timings":{"inference":1.5}}',
    inferenceSeconds: 1.5,
    billableUnits: '2',
  })
  t.match(result(200, 'null'), { type: 'completed', result: 'null', media: [] })
  t.match(result(204, ''), { type: 'completed', result: 'null' })
  t.match(result(200, 'plain words', { 'x-fal-request-id': 'r', 'content-type': 'text/plain' }), {
    result: '"plain words"',
  })
  t.match(result(200, '\u0000', { 'x-fal-request-id': 'r', 'content-type': 'image/png' }), {
    type: 'failed',
    error: { code: 'INTERNAL' },
  })
  t.match(result(200, '<html>proxy</html>', {}), { type: 'unknown' })
  t.match(result(202, { status: 'IN_PROGRESS' }), { type: 'running' })
})

t.test('not yet, no longer, and never', async (t) => {
  t.match(result(400, { detail: 'Request is still in progress', request_id: 'r' }), { type: 'running' })
  t.same(result(404, { status: 'NOT_FOUND' }), { type: 'forgotten' })
  t.same(result(404, { detail: 'Not found' }), { type: 'forgotten' })
  t.same(result(410, {}), { type: 'forgotten' })
  t.match(result(404, { detail: 'Path /x not found' }), { type: 'failed', error: { code: 'FAL_REJECTED' } })
  t.same(result(499, { detail: 'Request cancelled by the client.' }), { type: 'canceled' })
  t.same(result(500, { detail: 'x', error_type: 'client_cancelled' }), { type: 'canceled' })
})

t.test('a start time-out we asked for, and one of FAL’s', async (t) => {
  const headers = { 'x-fal-request-id': 'r', 'x-fal-request-timeout-type': 'user' }
  t.match(result(504, { detail: 'Request timed out', error_type: 'request_timeout' }, headers), {
    type: 'failed',
    error: { code: 'FAL_TIMEOUT', retryable: true, message: /start/ },
  })
  t.match(result(504, { detail: 'Request timed out', error_type: 'request_timeout' }), {
    type: 'failed',
    error: { code: 'FAL_TIMEOUT', retryable: true, message: 'Request timed out' },
  })
})

t.test('every documented reason gets its code; the input is not echoed', async (t) => {
  const cases: [number, string, string, boolean][] = [
    [500, 'internal_server_error', 'FAL_UNAVAILABLE', true],
    [504, 'generation_timeout', 'FAL_TIMEOUT', true],
    [400, 'downstream_service_error', 'FAL_UNAVAILABLE', true],
    [500, 'downstream_service_unavailable', 'FAL_UNAVAILABLE', true],
    [422, 'content_policy_violation', 'CONTENT_POLICY', false],
    [422, 'no_media_generated', 'FAL_REJECTED', false],
    [422, 'image_too_small', 'FAL_REJECTED', false],
    [422, 'file_download_error', 'FAL_REJECTED', false],
    [422, 'missing', 'FAL_REJECTED', false],
    [422, 'some_type_of_tomorrow', 'FAL_REJECTED', false],
  ]
  for (const [http, type, code, retryable] of cases) {
    const outcome = result(http, list(type))
    t.match(outcome, {
      type: 'failed',
      error: {
        code,
        retryable,
        message: 'image_url: said so',
        details: [{ type, msg: 'said so', loc: ['body', 'image_url'] }],
      },
    })
    t.ok(JSON.stringify(outcome).length < 1_000)
  }
})

t.test('the platform’s errors get their code too', async (t) => {
  const cases: [number, string, string][] = [
    [504, 'startup_timeout', 'FAL_TIMEOUT'],
    [503, 'runner_scheduling_failure', 'FAL_UNAVAILABLE'],
    [502, 'runner_incomplete_response', 'FAL_UNAVAILABLE'],
    [500, 'internal_error', 'FAL_UNAVAILABLE'],
    [400, 'bad_request', 'FAL_REJECTED'],
  ]
  for (const [http, error_type, code] of cases) {
    t.match(result(http, { detail: 'in words', error_type }, {}), {
      type: 'failed',
      error: {
        code,
        message: 'in words',
        retryable: code !== 'FAL_REJECTED',
        details: [{ type: error_type }],
      },
    })
  }
})

t.test('FAL’s retry header overrides our own judgement', async (t) => {
  for (const [name, value, retryable] of [
    ['x-fal-needs-retry', '1', true],
    ['x-fal-retryable', 'true', true],
    ['x-fal-needs-retry', '0', false],
    ['x-fal-retryable', 'False', false],
  ] as const) {
    const headers = { 'x-fal-request-id': 'r', [name]: value }
    t.match(result(422, list('missing'), headers), { error: { retryable } })
    t.match(result(500, { detail: 'x' }, headers), { error: { retryable } })
  }
})

t.test('a 5xx with FAL’s mark is the model’s; without, it is the ingress and decides nothing', async (t) => {
  for (const http of [500, 502, 503, 504]) {
    t.match(
      result(http, { detail: 'Internal Server Error' }),
      { type: 'failed', error: { retryable: true } },
      String(http),
    )
    t.equal(result(http, '<html>nginx</html>', {}).type, 'unknown', String(http))
    t.equal(result(http, { detail: 'x' }, {}).type, 'unknown', String(http))
  }
})

t.test('answers about us or the moment decide nothing', async (t) => {
  t.match(result(401, { detail: 'No user found' }), { type: 'unknown', code: 'FAL_AUTH' })
  t.match(result(403, { detail: 'Forbidden' }), { type: 'unknown', code: 'FAL_AUTH' })
  for (const http of [301, 307, 405, 408, 425, 429])
    t.equal(result(http, { detail: 'x' }).type, 'unknown', String(http))
  t.equal(result(413, '<html>', {}).type, 'unknown')
  t.equal(result(404, '<html>', {}).type, 'unknown')
})

t.test('long lists and odd entries of reasons stay readable', async (t) => {
  const many = {
    detail: [
      ...Array.from({ length: 80 }, (_, at) => ({ type: 't', msg: `m${at}`, loc: ['body', at] })),
      null,
    ],
  }
  t.match(result(422, many), {
    error: { message: '0: m0; 1: m1; 2: m2 (and 47 more)', details: { length: 50 } },
  })
  t.match(result(422, { detail: ['just words', 7] }), { error: { message: 'just words' } })
  t.match(
    result(422, { detail: [{ msg: 'x', ctx: { min_width: 256 } }, { ctx: { a: 'y'.repeat(9_000) } }] }),
    {
      error: { details: [{ type: 'unknown', msg: 'x', ctx: { min_width: 256 } }, { type: 'unknown' }] },
    },
  )
  t.match(result(400, { error: { type: 'validation_error', message: 'of the platform' } }), {
    error: { message: 'of the platform' },
  })
  t.match(result(418, {}), { error: { code: 'FAL_REJECTED', message: 'FAL answered 418 without a reason.' } })
})

t.test('no answer whatever makes it throw', async () => {
  const http = fc.oneof(
    fc.integer({ min: 100, max: 599 }),
    fc.constantFrom(200, 202, 400, 404, 422, 499, 500, 504),
  )
  const headers = fc.dictionary(
    fc.constantFrom(
      'x-fal-request-id',
      'x-fal-error-type',
      'x-fal-needs-retry',
      'x-fal-billable-units',
      'content-type',
    ),
    fc.string(),
  )
  const body = fc.oneof(fc.string(), fc.json())
  fc.assert(
    fc.property(http, headers, body, (code, sent, raw) => {
      return (
        typeof outcomeOfStatus(code, raw).type === 'string' &&
        typeof outcomeOfResult(code, sent, raw).type === 'string'
      )
    }),
    { numRuns: 500 },
  )
})
