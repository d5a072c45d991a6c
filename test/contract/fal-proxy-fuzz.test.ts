/** Whatever is sent to the proxy: an answer in FAL's form, never a fault, never FAL's key, nothing submitted by accident. */
import fc from 'fast-check'
import t from 'tap'
import { falKey, startBench, testKey } from '../support/service.ts'

const bench = await startBench(t)
const id = '0199a1b2-0000-7000-8000-000000000000'

const target = fc.oneof(
  fc.constantFrom(
    'https://queue.fal.run/fal-ai/veo3',
    'https://queue.fal.run/nobody/knows-this?fal_max_queue_length=1',
    `https://queue.fal.run/fal-ai/flux/requests/${id}/status?logs=1`,
    `https://queue.fal.run/fal-ai/flux/requests/${id}/status/stream`,
    `https://queue.fal.run/fal-ai/flux/requests/x/cancel`,
    `https://queue.fal.run/fal-ai/flux/requests/${'9'.repeat(300)}`,
    'https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3',
  ),
  fc.webUrl(),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => text.trim()),
)
/** Nothing here is a whole input of any model: no `prompt`. */
const body = fc.oneof(
  fc.jsonValue({ depthSize: 'small' }).map((value) => JSON.stringify(value)),
  fc.constantFrom('', '{', '[]', '"\\u0000"', '{"a":"\\ud800"}', '{"__proto__":{"x":1}}'),
  fc.string({ maxLength: 40 }),
)
const header = fc.record(
  {
    'x-fal-queue-priority': fc.constantFrom('normal', 'low', 'high'),
    'x-fal-request-timeout': fc.constantFrom('0', '1e9', '-1', '30', 'soon'),
    'x-fal-runner-hint': fc.constantFrom('a', 'a b', 'x'.repeat(300)),
    'x-fal-jobs-user-id': fc.constantFrom('u', 'x'.repeat(300)),
    'idempotency-key': fc.constantFrom('k', 'x'.repeat(300)),
    'content-type': fc.constantFrom('application/json', 'text/plain', 'multipart/form-data; boundary=x'),
  },
  { requiredKeys: [] },
)

t.test('300 odd calls are answered without a fault', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT'),
      target,
      body,
      header,
      async (method, url, text, headers) => {
        const response = await fetch(new URL('/api/fal/proxy', bench.service.url), {
          method,
          headers: {
            'content-type': 'application/json',
            ...headers,
            'x-fal-jobs-token': testKey,
            'x-fal-target-url': url,
          },
          ...(method === 'GET' ? {} : { body: text }),
        })
        const answer = await response.text()
        const isFal = /"(detail|status|upload_url)"/.test(answer)
        const isFine = response.status < 500 && isFal && !answer.includes(falKey)
        if (!isFine) throw new Error(`${method} ${url} → ${response.status} ${answer}`)
      },
    ),
    { numRuns: 300 },
  )
  const { body: page } = await bench.call('GET', '/api/jobs?model=veo3')
  t.strictSame(page.data, [], 'no model of the catalogue ran without its prompt')
  t.notOk(bench.logLines.some((line) => line.includes(testKey)))
})
