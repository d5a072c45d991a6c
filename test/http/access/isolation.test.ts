/** What belongs to another client does not exist: every route that names a job answers 404, as the document is walked. */
import t from 'tap'
import { bearer, startJobBench } from '../job-bench.ts'

t.test("every documented route of a job answers 404 for another client's job", async (t) => {
  const bench = await startJobBench(t)
  const job = await bench.settled((await bench.create({ model: 'flux-schnell', prompt: 'mine' })).id)
  const stranger = bearer(await bench.newKey(['jobs:read', 'jobs:write', 'credits:write']))
  const before = JSON.stringify([await bench.get(job.id), await bench.events(job.id)])

  const routes = Object.entries(bench.document.paths)
    .filter(([path]) => path.startsWith('/api/jobs/{id}'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
    )
  t.ok(routes.length >= 8, `${routes.length} routes`)
  for (const { path, method } of routes) {
    const url = path.replace('{id}', job.id).replaceAll(/\{\w+\}/g, '0')
    const absent = path
      .replace('{id}', job.id.replace(/.$/, job.id.endsWith('0') ? '1' : '0'))
      .replaceAll(/\{\w+\}/g, '0')
    for (const accept of ['application/json', 'text/event-stream']) {
      const theirs = await bench.checked(method, url, undefined, { ...stranger, accept })
      t.equal(theirs.status, 404, `${method} ${path}`)
      const nobodys = await bench.checked(method, absent, undefined, { ...stranger, accept })
      const text = ({ body }: typeof theirs) => JSON.stringify({ ...body, requestId: '' })
      t.equal(text(theirs), text(nobodys), 'told in the same words as for a job that never was')
    }
  }

  const listed = await bench.checked('GET', '/api/jobs', undefined, stranger)
  t.same(listed.body.data, [])
  t.equal(
    JSON.stringify([await bench.get(job.id), await bench.events(job.id)]),
    before,
    'and nothing happened to it',
  )
})

t.test('every documented route that names anything knows nothing of what another client has', async (t) => {
  const bench = await startJobBench(t)
  const { id } = await bench.create({
    model: 'flux-schnell',
    prompt: 'mine',
    callbackUrl: 'http://127.0.0.1:9/closed',
    callbackEvents: ['job.completed'],
  })
  const job = await bench.settled(id)
  const [callback] = (await bench.call('GET', '/api/callbacks')).body.data
  const [key] = (await bench.call('GET', '/api/keys')).body.data
  const stranger = bearer(await bench.newKey(['jobs:read', 'jobs:write', 'credits:write']))
  // Administrators rule over all clients; everybody else is told so before anything is looked for.
  const owned: Record<string, { id: string; status: number }> = {
    jobs: { id: job.id, status: 404 },
    callbacks: { id: callback.id, status: 404 },
    shelf: { id: job.id, status: 404 },
    keys: { id: key.id, status: 403 },
    clients: { id: key.clientId, status: 403 },
    // The catalogue is everyone's.
    models: { id: 'flux-schnell', status: 200 },
  }
  for (const [path, methods] of Object.entries(bench.document.paths)) {
    if (!path.includes('{id}')) continue
    const thing = owned[path.split('/')[2] ?? '']
    if (thing === undefined) return t.fail(`${path} is not held to this test`)
    for (const method of Object.keys(methods)) {
      const url = path.replace('{id}', thing.id).replaceAll(/\{\w+\}/g, '0')
      const body = method === 'patch' ? { turnWeight: 2 } : undefined
      const answer = await bench.checked(method.toUpperCase(), url, body, stranger)
      t.equal(answer.status, thing.status, `${method} ${path}`)
    }
  }
  for (const list of ['/api/jobs', '/api/callbacks', '/api/shelf', '/api/credits/ledger']) {
    t.same((await bench.checked('GET', list, undefined, stranger)).body.data, [], list)
  }
  t.same((await bench.call('GET', `/api/callbacks?jobId=${job.id}`, undefined, stranger)).body.data, [])
})
