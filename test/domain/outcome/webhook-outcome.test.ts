/** What a webhook's body is taken for: FAL's own forms, the older ones, and rubbish. */
import fc from 'fast-check'
import t from 'tap'
import { outcomeOfResult } from '../../../src/domain/outcome/queue-outcome.ts'
import { outcomeOfWebhook } from '../../../src/domain/outcome/webhook-outcome.ts'

const outcome = (body: unknown) =>
  outcomeOfWebhook(typeof body === 'string' ? body : JSON.stringify(body)).outcome
const output = { video: { url: 'https://v3b.fal.media/files/b/x/v.mp4' }, seed: 1 }
const completed = { type: 'completed', media: [{ path: 'video', kind: 'video' }] }
const detail = [{ loc: ['body', 'prompt'], msg: 'field required', type: 'value_error.missing' }]

t.test('OK with a payload is success, every digit kept', async (t) => {
  const raw =
    '{"error": null, "gateway_request_id": "g-1", "payload": {"images": [{"url": "https://v3b.fal.media/files/b/x/a.png"}], "seed": 17454220438242315174, "timings": {"inference": 2.1}}, "request_id": "r-1", "status": "OK"}'
  const read = outcomeOfWebhook(raw)
  t.match(read, {
    requestId: 'r-1',
    gatewayRequestId: 'g-1',
    outcome: { type: 'completed', media: [{ path: 'images[0]' }], inferenceSeconds: 2.1 },
  })
  if (read.outcome.type === 'completed') t.match(read.outcome.result, '"seed":17454220438242315174')
})

t.test('OK without a payload is success whose result must be fetched', async (t) => {
  t.match(outcome({ request_id: 'r', status: 'OK', payload: null }), { type: 'finished', hint: null })
  t.match(outcome({ request_id: 'r', status: 'OK' }), { type: 'finished' })
  const payload_error = 'Response payload is not JSON serializable.'
  t.match(outcome({ status: 'OK', payload: null, payload_error }), { type: 'finished', hint: payload_error })
})

t.test('a success may be anything JSON, also without files', async (t) => {
  for (const payload of [{ text: 'hi' }, [], [1], 'text', 0, false, {}]) {
    t.match(outcome({ status: 'OK', payload }), {
      type: 'completed',
      media: [],
      result: JSON.stringify(payload),
    })
  }
})

t.test('ERROR with the model’s own reason fails the job with it', async (t) => {
  t.match(outcome({ status: 'ERROR', error: 'Invalid status code: 422', payload: { detail } }), {
    type: 'failed',
    error: {
      code: 'FAL_REJECTED',
      message: 'prompt: field required',
      retryable: false,
      details: [{ type: 'value_error.missing', msg: 'field required', loc: ['body', 'prompt'] }],
    },
  })
  const policy = [{ loc: ['body'], msg: 'Flagged.', type: 'content_policy_violation' }]
  t.match(outcome({ status: 'ERROR', error: 'Invalid status code: 422', payload: { detail: policy } }), {
    type: 'failed',
    error: { code: 'CONTENT_POLICY', retryable: false },
  })
  t.match(outcome({ status: 'ERROR', error: 'Invalid status code: 400', payload: { detail: 'Bad image' } }), {
    type: 'failed',
    error: { code: 'FAL_REJECTED', message: 'Bad image' },
  })
})

t.test('ERROR without the model’s reason is doubtful: the queue is asked before the job fails', async (t) => {
  const generic = [
    { status: 'ERROR', error: 'Invalid status code: 404', payload: null, payload_error: 'x' },
    { status: 'ERROR', error: 'Invalid status code: 404', payload: { detail: 'Path /x not found' } },
    { status: 'ERROR', error: 'Invalid status code: 500', payload: { detail: 'Internal Server Error' } },
    {
      status: 'ERROR',
      error: 'Invalid status code: 503',
      payload: { detail: [{ type: 'x', msg: 'y', loc: [] }] },
    },
    { status: 'ERROR', error: 'Invalid status code: 422', payload: null },
    { status: 'ERROR', error: 'Invalid status code: 401', payload: { detail: 'No user found' } },
    { status: 'ERROR', error: 'Invalid status code: 429', payload: { detail: 'Too many' } },
    { status: 'ERROR', error: 'Request timed out', payload: null },
    { status: 'ERROR', payload: { detail: 'disk full' } },
    { status: 'ERROR', payload: { detail: [{ type: 'internal_server_error', msg: 'x', loc: [] }] } },
    { status: 'ERROR' },
    { status: 'FAILED', error: 'boom' },
    { status: 'COMPLETED', error: 'Request timed out', error_type: 'request_timeout' },
    { status: 'CANCELLED' },
  ]
  for (const body of generic) t.equal(outcome(body).type, 'doubtful', JSON.stringify(body))
  t.match(outcome({ status: 'ERROR', error: 'Request timed out' }), { reason: 'Request timed out' })
})

t.test('499 is a cancellation', async (t) => {
  const payload = { detail: 'Request cancelled by the client.' }
  t.same(outcome({ status: 'ERROR', error: 'Invalid status code: 499', payload }), { type: 'canceled' })
})

t.test('older statuses, and output in any of the usual places', async (t) => {
  for (const status of ['OK', 'COMPLETED', 'completed', 'Ok']) {
    for (const key of ['payload', 'data', 'output', 'response', 'result']) {
      t.match(outcome({ request_id: 'r', status, [key]: output }), completed, `${status} ${key}`)
    }
    t.match(outcome({ request_id: 'r', status, ...output }), completed, `${status} top level`)
    t.match(outcome({ request_id: 'r', status }), { type: 'finished' })
  }
  t.match(outcome({ status: 'IN_QUEUE', queue_position: 3 }), { type: 'queued', queuePosition: 3, logs: [] })
  t.match(outcome({ status: 'IN_PROGRESS', logs: [{ message: 'step 1/4' }] }), {
    type: 'running',
    percent: 0.25,
  })
  t.match(outcome({ status: 'FAILED', error: 'x', output: { detail } }), {
    type: 'failed',
    error: { code: 'FAL_REJECTED' },
  })
  t.match(outcome({ status: 'FAILED', detail }), { type: 'failed' })
})

t.test('output at top level is the message without its envelope, digit for digit', async (t) => {
  const raw =
    '{"request_id":"r","status":"COMPLETED","seed":17454220438242315174,"video_url":"https://fal.media/v.mp4"}'
  t.match(outcome(raw), { result: '{"seed":17454220438242315174,"video_url":"https://fal.media/v.mp4"}' })
})

t.test('rubbish is unknown, with the request id where one can be read', async (t) => {
  for (const raw of [
    '',
    '{',
    'null',
    '[]',
    '"OK"',
    '1',
    '{}',
    '{"status":1}',
    '{"status":"DANCING"}',
    '\u{fffd}{',
  ]) {
    t.equal(outcome(raw).type, 'unknown', raw)
  }
  t.match(outcomeOfWebhook('{"request_id":"r-9","status":"?"}'), { requestId: 'r-9', gatewayRequestId: null })
  t.match(outcomeOfWebhook('{"request_id":{"a":1}}'), { requestId: null })
})

t.test('a webhook and a poll of the same result never disagree', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (payload) => {
      if (payload === null) return true
      const raw = JSON.stringify({ request_id: 'r', status: 'OK', payload })
      const polled = outcomeOfResult(200, { 'x-fal-request-id': 'r' }, JSON.stringify(payload))
      return JSON.stringify(outcome(raw)) === JSON.stringify(polled)
    }),
  )
})

t.test('no body whatever makes it throw', async () => {
  const key = fc.constantFrom(
    'status',
    'payload',
    'error',
    'detail',
    'logs',
    'metrics',
    'type',
    'loc',
    'ctx',
    'output',
  )
  const word = fc.constantFrom('OK', 'ERROR', 'COMPLETED', 'Invalid status code: 422', 'x')
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.jsonValue(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree')),
    ),
  }))
  fc.assert(
    fc.property(tree, (body) => typeof outcome(JSON.stringify(body)).type === 'string'),
    { numRuns: 400 },
  )
  fc.assert(fc.property(fc.string(), (raw) => typeof outcome(raw).type === 'string'))
})
