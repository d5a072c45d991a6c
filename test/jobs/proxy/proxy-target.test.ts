/** Nothing but FAL's queue and the initiation of uploads passes the proxy, however the target is spelt. */
import fc from 'fast-check'
import t from 'tap'
import type { FalService } from '../../../src/domain/fal-hosts.ts'
import { readPath, readTarget } from '../../../src/jobs/proxy/proxy-target.ts'

const id = '0199a1b2-0000-7000-8000-000000000000'
const queue = 'https://queue.fal.run'

t.test('every call of the official client is understood', async (t) => {
  const rows: [string, string, object][] = [
    ['POST', `${queue}/fal-ai/flux/dev`, { type: 'submit', endpointId: 'fal-ai/flux/dev' }],
    ['POST', `${queue}/workflows/me/my-flow`, { type: 'submit', endpointId: 'workflows/me/my-flow' }],
    ['GET', `${queue}/fal-ai/flux/requests/${id}/status?logs=1`, { type: 'status', logs: true }],
    ['GET', `${queue}/fal-ai/flux/requests/${id}/status/?logs=0`, { type: 'status', logs: false }],
    ['GET', `${queue}/fal-ai/flux/requests/${id}/status/stream?logs=true`, { type: 'stream', logs: true }],
    ['GET', `${queue}/comfy/me/graph/requests/${id}`, { type: 'result', requestId: id }],
    ['GET', `${queue}/fal-ai/flux/dev/requests/${id}/response`, { type: 'result' }],
    ['PUT', `${queue}/fal-ai/flux/requests/${id}/cancel`, { type: 'cancel', requestId: id }],
    [
      'POST',
      'https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3',
      { type: 'storage', path: '/storage/upload/initiate?storage_type=fal-cdn-v3' },
    ],
    [
      'POST',
      'https://rest.alpha.fal.ai/storage/upload/initiate-multipart?storage_type=fal-cdn-v3',
      { type: 'storage' },
    ],
    ['POST', 'https://rest.fal.ai/storage/upload/initiate?storage_type=gcs', { type: 'storage' }],
    ['POST', 'https://rest.alpha.fal.ai/storage/upload/initiate', { type: 'storage' }],
    ['POST', 'https://fal.run/fal-ai/flux/dev', { type: 'run', endpointId: 'fal-ai/flux/dev' }],
    ['POST', 'https://falrun.com/fal-ai/flux/dev', { type: 'run' }],
    ['POST', 'https://fal.run/fal-ai/flux/dev/stream', { type: 'unsupported', why: /fal\.subscribe/ }],
    ['POST', 'https://rest.fal.ai/tokens/', { type: 'unsupported', why: /fal\.subscribe/ }],
    [
      'POST',
      'https://rest.fal.ai/storage/auth/token?storage_type=fal-cdn-v3',
      { type: 'unsupported', why: /storage\/upload\/initiate/ },
    ],
  ]
  for (const [method, target, expected] of rows) {
    t.match(readTarget(method, target), expected, target)
    const service = { 'queue.fal.run': 'queue', 'fal.run': 'run', 'rest.fal.ai': 'rest' }[
      new URL(target).host
    ]
    const { pathname, search } = new URL(target)
    if (service !== undefined)
      t.match(readPath(method, service as FalService, pathname + search), expected, `by path: ${target}`)
  }
})

t.test('other hosts, spellings, methods and paths are refused', async (t) => {
  const rows: [string, string][] = [
    ['POST', ''],
    ['POST', 'queue.fal.run/fal-ai/flux'],
    ['POST', 'http://queue.fal.run/fal-ai/flux'],
    ['POST', 'https://queue.fal.run.example.com/fal-ai/flux'],
    ['POST', 'https://queue.fal.run@example.com/fal-ai/flux'],
    ['POST', 'https://user:pass@queue.fal.run/fal-ai/flux'],
    ['POST', 'https://queue.fal.run:8443/fal-ai/flux'],
    ['POST', 'https://example.com\\@queue.fal.run/fal-ai/flux'],
    ['POST', 'https://queue.fal.run/fal-ai/../flux/x y'],
    ['POST', 'https://queue.fal.run/fal-ai/%2e%2e/flux'],
    ['POST', 'https://queue.fal.run/fal-ai//flux'],
    ['POST', 'https://queue.fal.run/flux'],
    ['GET', 'https://fal.run/fal-ai/flux'],
    ['POST', 'https://fal.run/flux'],
    ['POST', 'https://api.fal.ai/fal-ai/flux'],
    ['GET', 'https://queue.fal.run/fal-ai/flux'],
    ['GET', `${queue}/fal-ai/flux/requests/${id}/cancel`],
    ['PUT', `${queue}/fal-ai/flux/requests/${id}/status`],
    ['GET', `${queue}/requests/${id}`],
    ['GET', `${queue}/fal-ai/flux/requests`],
    ['POST', 'https://rest.fal.ai/storage/upload/initiate?storage_type=else'],
    ['POST', 'https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3&x=1'],
    ['GET', 'https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3'],
    ['GET', 'https://api.fal.ai/v1/keys'],
    ['POST', 'file:///etc/passwd'],
    ['POST', 'https://169.254.169.254/latest/meta-data'],
  ]
  for (const [method, target] of rows) t.equal(readTarget(method, target), null, `${method} ${target}`)
})

t.test('whatever the text, what passes goes to FAL alone', async () => {
  const part = fc.constantFrom(
    'https://',
    'queue.fal.run',
    'rest.fal.ai',
    'fal.run',
    'falrun.com',
    '/',
    '@',
    '\\',
    '%2f',
    ':',
    '.',
    '..',
    '?',
    '#',
    'a',
    'requests',
    id,
    'storage/upload/initiate?storage_type=fal-cdn-v3',
    ' ',
    '\t',
  )
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST', 'PUT'), fc.array(part, { maxLength: 14 }), (method, parts) => {
      const text = parts.join('')
      const target = readTarget(method, text)
      if (target === null) return true
      const { protocol, host } = new URL(text)
      return (
        protocol === 'https:' &&
        ['queue.fal.run', 'rest.fal.ai', 'fal.run', 'falrun.com', 'queue.falrun.com'].includes(host)
      )
    }),
    { numRuns: 3_000 },
  )
})
