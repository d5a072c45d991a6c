/** What belongs to another client does not exist: every route that names a job answers 404, as the document is walked. */
import t from 'tap'
import { bearer, startJobBench } from './job-bench.ts'

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
