/** Every documented form of a queue path is read; all reach the same request. */

import t from 'tap'
import { appOf } from '../../../src/simulator/base/endpoint-id.ts'
import { parseQueuePath } from '../../../src/simulator/queue/queue-path.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, run } from '../fal-caller.ts'

t.test('endpoint ids keep two segments in URLs, three for workflows and comfy', async (t) => {
  t.equal(appOf('fal-ai/flux/dev'), 'fal-ai/flux')
  t.equal(appOf('workflows/me/flow/x'), 'workflows/me/flow')
  t.equal(appOf('comfy/me/graph'), 'comfy/me/graph')
})

t.test('paths that are neither an endpoint nor a request are nothing', async (t) => {
  for (const path of ['', '/', '/one', '/a//b', '/a/b/../c d', '/a/b/requests/x/other/thing']) {
    const parsed = parseQueuePath(path)
    t.ok(parsed === null || parsed.kind === 'endpoint', path)
  }
  t.equal(parseQueuePath('/one'), null)
})

t.test('status and result answer on every form of the path, under every queue prefix', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const { requestId } = await run(simulator, 'fal-ai/flux/dev', { prompt: 'x' })
  const bases = [simulator.queueBase, simulator.url, `${simulator.url}/queue.falrun.com`]
  for (const base of bases) {
    for (const id of ['fal-ai/flux', 'fal-ai/flux/dev', 'fal-ai/flux/dev/more']) {
      const request = `${base}/${id}/requests/${requestId}`
      for (const status of ['/status', '/status/', '/status?logs=true', '/status?logs=0']) {
        t.match((await call(request + status)).body, { status: 'COMPLETED' })
      }
      for (const result of ['', '/', '/response', '/response/']) {
        t.match((await call(request + result)).body, { images: [{}] })
      }
    }
  }
})

t.test('returned URLs are absolute under the base the caller used', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  for (const base of [simulator.queueBase, simulator.url]) {
    const { body } = await call(`${base}/fal-ai/flux/dev`, { method: 'POST', body: '{"prompt":"x"}' })
    const request = `${base}/fal-ai/flux/requests/${body.request_id}`
    t.match(body, { response_url: request, status_url: `${request}/status`, cancel_url: `${request}/cancel` })
  }
})
