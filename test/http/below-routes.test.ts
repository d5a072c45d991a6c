/** What no route sees is answered as a problem document too: broken HTTP, wrong methods, content codings, other credentials. */
import { connect } from 'node:net'
import t from 'tap'
import { startBench, testKey } from '../support/service.ts'

/** Sends bytes as they are; resolves to everything that came back. */
function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no end after ${text}`)))
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject).on('close', () => resolve(text))
  })
}

t.test('below the routes', async (t) => {
  const bench = await startBench(t)
  const { url } = bench.service
  const rows: [name: string, bytes: string, status: number][] = [
    ['garbage', 'what?\r\n\r\n', 400],
    ['a broken header', 'GET / HTTP/1.1\r\nhost: a\r\nx y\r\n\r\n', 400],
    ['headers beyond 16 KB', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'an expectation',
      'POST /api/jobs HTTP/1.1\r\nhost: a\r\nexpect: tea\r\ncontent-length: 2\r\n\r\n{}',
      417,
    ],
  ]
  for (const [name, bytes, status] of rows) {
    const answer = await raw(url, bytes)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), name)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    t.match(head.toLowerCase(), /content-type: application\/problem\+json/)
    const problem = JSON.parse(body.startsWith('{') ? body : (/\{[\s\S]*\}/.exec(body)?.[0] ?? 'null'))
    t.match(problem, { status, code: 'MALFORMED_BODY', requestId: /^[\w-]{36}$/, errors: [] })
    t.match(head, new RegExp(`x-request-id: ${problem.requestId}`))
  }

  const wrong = await fetch(`${url}/api/jobs/job_x`, { method: 'PUT' })
  t.equal(wrong.status, 405)
  t.equal(wrong.headers.get('allow'), 'GET, HEAD, DELETE')
  t.match(await wrong.json(), {
    code: 'METHOD_NOT_ALLOWED',
    detail: '/api/jobs/job_x takes GET, HEAD, DELETE, not PUT.',
  })
  t.equal((await fetch(`${url}/api/nothing`, { method: 'PUT' })).status, 404)
  t.match(await bench.call('POST', '/api/jobs', { model: 'x' }, { 'content-encoding': 'gzip' }), {
    status: 415,
    body: { code: 'UNSUPPORTED_MEDIA_TYPE', detail: /"gzip" is not taken/ },
  })
})

t.test('one credential in two places, and a position in the query', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier' })
  await bench.settled(id)
  const key = { authorization: `Bearer ${testKey}` }
  const both = await fetch(`${bench.service.url}/api/jobs/${id}?token=${testKey}`, { headers: key })
  t.equal(both.status, 200, 'the header wins')
  const alone = await fetch(`${bench.service.url}/api/jobs/${id}?token=${testKey}`)
  t.match(await alone.json(), { status: 401, detail: /job token only/ })

  const stream = async (query: string) => {
    const answer = await fetch(`${bench.service.url}/api/jobs/${id}/events${query}`, {
      headers: { ...key, accept: 'text/event-stream' },
    })
    return {
      status: answer.status,
      ids: [...(await answer.text()).matchAll(/^id: (\d+)/gm)].map((match) => Number(match[1])),
    }
  }
  const whole = await stream('')
  const last = whole.ids.at(-1) ?? 0
  t.same(
    (await stream('?lastEventId=2')).ids,
    whole.ids.filter((seq) => seq > 2),
  )
  t.equal((await stream(`?lastEventId=${last}`)).status, 204)
  t.equal((await stream('?lastEventId=x')).status, 422)
})
