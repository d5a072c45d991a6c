/** What no documented client sends is answered as documented, too, by every operation: bodies of the wrong kind, addresses that cannot be read. */
import t from 'tap'
import { startJobBench } from '../job-bench.ts'

t.test('every operation answers a bad body or a bad address as its document says', async (t) => {
  const bench = await startJobBench(t)
  const job = await bench.create({ model: 'flux-schnell', prompt: 'x', archive: false })
  const operations = Object.entries(bench.document.paths)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
    )
  t.ok(operations.length >= 30, `${operations.length} operations`)

  const json = { 'content-type': 'application/json' }
  const large = JSON.stringify({ x: 'x'.repeat(11 * 1024 * 1024) })
  const bodies: [number, string | Buffer, Record<string, string>][] = [
    [400, '{"a":', json],
    [400, '{"__proto__":{}}', json],
    [400, Buffer.from('{"prompt":"caf\xe9"}', 'latin1'), json],
    [422, '{"notAField":1}', json],
    [415, '{}', { 'content-type': 'application/json; charset=utf-16' }],
    [413, large, json],
    [415, 'a', { 'content-type': 'text/plain' }],
  ]
  for (const { path, method } of operations) {
    const at = (id: string) => path.replaceAll(/\{\w+\}/g, id)
    for (const [status, body, headers] of method === 'GET' ? [] : bodies) {
      const answer = await bench.checked(method, at(job.id), body, headers)
      t.equal(answer.status, status, `${method} ${path}`)
    }
    for (const id of path.includes('{') ? ['%zz', '%E0%A4%A', 'a'.repeat(5_000)] : []) {
      const answer = await bench.checked(method, at(id))
      t.match(
        answer,
        { status: 404, body: { code: 'NOT_FOUND' } },
        `${method} ${path} with ${id.slice(0, 9)}`,
      )
      t.equal(answer.headers.get('x-request-id'), answer.body.requestId)
    }
  }
})
