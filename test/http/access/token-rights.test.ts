/** A job token is in strange hands: it ends with the key that made it, and it takes nothing from that key's rate. */
import t from 'tap'
import { testKey } from '../../support/service.ts'
import { bearer, startJobBench } from '../job-bench.ts'

const image = { model: 'flux-schnell', prompt: 'a canal' }

t.test('revoking a key ends the tokens that it made, here and through the proxy', async (t) => {
  const bench = await startJobBench(t)
  const made = await bench.checked('POST', '/api/keys', { name: 'page', scopes: ['jobs:read', 'jobs:write'] })
  const own = bearer(made.body.key)
  const job = (await bench.checked('POST', '/api/jobs', image, own)).body
  const { token } = (await bench.checked('POST', `/api/jobs/${job.id}/token`, undefined, own)).body
  const look = async () =>
    (await bench.checked('GET', `/api/jobs/${job.id}`, undefined, bearer(token))).status
  const uuid = job.id.slice(4)
  const target = `https://queue.fal.run/fal-ai/flux/requests/${uuid}/status`
  const byProxy = async () =>
    (
      await bench.call('GET', '/api/fal/proxy', undefined, {
        'x-fal-target-url': target,
        'x-fal-jobs-token': token,
      })
    ).status
  t.equal(await look(), 200)
  t.ok((await byProxy()) < 300)
  t.equal((await bench.checked('DELETE', `/api/keys/${made.body.id}`)).status, 204)
  while ((await look()) === 200) await new Promise((settle) => setTimeout(settle, 5))
  t.equal(await look(), 401)
  t.equal(await byProxy(), 401)
})

t.test('revoking a key ends its open streams, and those of its tokens, before they tell more', async (t) => {
  // So slow that a request ends only when it is told to.
  const bench = await startJobBench(t, { simulator: { speed: 0.01 } })
  const made = await bench.checked('POST', '/api/keys', { name: 'page', scopes: ['jobs:read', 'jobs:write'] })
  const own = bearer(made.body.key)
  const job = (await bench.checked('POST', '/api/jobs', { ...image, archive: false }, own)).body
  const { token } = (await bench.checked('POST', `/api/jobs/${job.id}/token`, undefined, own)).body
  const looked = async () => (await bench.checked('GET', `/api/jobs/${job.id}`, undefined, own)).body
  let { fal } = await looked()
  while (fal.requestId === null) fal = (await looked()).fal

  const events = `/api/jobs/${job.id}/events`
  const target = `https://queue.fal.run/fal-ai/flux/requests/${job.id.slice(4)}/status/stream`
  const streams = await Promise.all(
    [
      { path: events, headers: { ...own, accept: 'text/event-stream' } },
      { path: events, headers: { ...bearer(token), accept: 'text/event-stream' } },
      { path: '/api/fal/proxy', headers: { 'x-fal-target-url': target, 'x-fal-jobs-token': made.body.key } },
    ].map(({ path, headers }) => fetch(new URL(path, bench.service.url), { headers })),
  )
  t.strictSame(
    streams.map(({ status }) => status),
    [200, 200, 200],
  )
  const texts = streams.map(({ body }) => body?.pipeThrough(new TextDecoderStream()).getReader())
  // A key that is revoked before its stream was told anything is told nothing.
  const told = texts.map(() => '')
  for (const [index, text] of texts.entries())
    while (told[index] === '' || told[index] === 'retry: 1000\n\n')
      told[index] += (await text?.read())?.value ?? 'end'
  t.equal((await bench.checked('DELETE', `/api/keys/${made.body.id}`)).status, 204)
  while ((await bench.call('GET', events, undefined, own)).status === 200)
    await new Promise((settle) => setTimeout(settle, 5))
  bench.simulator.admin.complete(fal.requestId)
  for (const [index, text] of texts.entries())
    for (let read = await text?.read(); read?.done === false; read = await text?.read())
      told[index] += read.value
  t.match(told[0], 'job.created')
  for (const text of told) t.notMatch(text, /job\.completed|"COMPLETED"/)
})

t.test('a page that asks too often is slowed down alone', async (t) => {
  const bench = await startJobBench(t, { environment: { RATE_LIMIT_PER_SECOND: '3' } })
  const me = bearer(await bench.newKey(['jobs:read', 'jobs:write']))
  const [one, two] = await Promise.all([1, 2].map(() => bench.checked('POST', '/api/jobs', image, me)))
  const tokens = await Promise.all(
    [one, two].map(
      async (made) =>
        (await bench.checked('POST', `/api/jobs/${made?.body.id}/token`, undefined, me)).body.token,
    ),
  )
  const look = async (id: string, auth: Record<string, string>) =>
    (await bench.checked('GET', `/api/jobs/${id}`, undefined, auth)).status
  const greedy = await Promise.all(Array.from({ length: 30 }, () => look(one?.body.id, bearer(tokens[0]))))
  t.ok(greedy.includes(429), 'the page is slowed down')
  t.equal(await look(two?.body.id, bearer(tokens[1])), 200, 'another page is not')
  t.equal(await look(one?.body.id, me), 200, 'nor is the key')
})

t.test('tokens of one job cannot take all connections there are', async (t) => {
  const bench = await startJobBench(t, { environment: { RATE_LIMIT_PER_SECOND: '0' } })
  bench.simulator.admin.addFault({ fault: 'stuck' })
  const job = await bench.create(image)
  const { token } = (await bench.checked('POST', `/api/jobs/${job.id}/token`)).body
  const leaving = new AbortController()
  const open = (auth: Record<string, string>) =>
    fetch(new URL(`/api/jobs/${job.id}/events`, bench.service.url), {
      headers: { accept: 'text/event-stream', ...auth },
      signal: leaving.signal,
    })
  const statuses = (await Promise.all(Array.from({ length: 110 }, () => open(bearer(token))))).map(
    ({ status }) => status,
  )
  t.equal(statuses.filter((status) => status === 200).length, 100)
  t.equal(statuses.filter((status) => status === 429).length, 10)
  t.equal((await open(bearer(testKey))).status, 200, 'a key is not meant by that')
  leaving.abort()
  const again = new AbortController()
  t.teardown(() => again.abort())
  for (;;) {
    const { status } = await fetch(new URL(`/api/jobs/${job.id}/events`, bench.service.url), {
      headers: { accept: 'text/event-stream', ...bearer(token) },
      signal: again.signal,
    })
    if (status === 200) break
    await new Promise((settle) => setTimeout(settle, 10))
  }
})
