/** Behind a proxy that shows the service under a path: what it answers leads there. */
import t from 'tap'
import { startBench } from '../../support/service.ts'

t.test('Location, the OpenAPI document and its page carry the path of APP_URL', async (t) => {
  const bench = await startBench(t, {
    environment: { APP_URL: 'http://127.0.0.1:9/fal/', KEEP_ALIVE_SECONDS: '620' },
  })
  const made = await bench.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'x' })
  t.equal(made.status, 202)
  t.equal(made.headers.get('location'), `/fal/api/jobs/${made.body.id}`)
  t.equal(made.headers.get('keep-alive'), 'timeout=620')
  const document = await bench.call('GET', '/openapi.json')
  t.match(document.body.servers, [{ url: '/fal' }])
  t.ok(document.body.paths['/api/jobs'], 'paths are relative to it')
  const page = await bench.call('GET', '/docs')
  t.match(page.body, '/fal/docs/static/')
  t.notMatch(page.body, /(src|href)="\/docs\//)
})

t.test('without a path nothing is added', async (t) => {
  const bench = await startBench(t)
  const made = await bench.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'x' })
  t.equal(made.headers.get('location'), `/api/jobs/${made.body.id}`)
  t.match((await bench.call('GET', '/openapi.json')).body.servers, [{ url: '/' }])
})
