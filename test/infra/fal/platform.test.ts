/** FAL's own list of requests and its prices: whole or not at all, bounded, and never an error. */
import t from 'tap'
import { clientOf, closedPort, serveFal } from './misbehaving-server.ts'

const queryOf = (url: string): URLSearchParams => new URL(url, 'http://x').searchParams

t.test('the list of requests is read page by page, newest first, with exact inputs', async (t) => {
  const server = await serveFal(t, ({ url }) =>
    queryOf(url).get('cursor') === null
      ? {
          body: `{"items":[{"request_id":"a","sent_at":"2026-11-20T10:00:00Z","ended_at":null,"status_code":null,
            "json_input":{"seed":17454220438242315174}},{"request_id":7}],"next_cursor":"Mg==","has_more":true}`,
        }
      : {
          body: {
            items: [
              {
                request_id: 'b',
                started_at: '2026-11-20T10:00:05.5',
                ended_at: '2026-11-20T10:00:09Z',
                status_code: 200,
              },
            ],
            next_cursor: null,
            has_more: false,
          },
        },
  )
  const since = Date.parse('2026-11-20T09:59:00Z')
  const listed = await clientOf(t, server.base).listRequests({ endpointId: 'fal-ai/flux/dev', since })
  t.same(listed, [
    { requestId: 'b', sentAt: since + 65_500, endedAt: since + 69_000, statusCode: 200, input: null },
    {
      requestId: 'a',
      sentAt: since + 60_000,
      endedAt: null,
      statusCode: null,
      input: { seed: '17454220438242315174' },
    },
  ])
  const [first, second] = server.asked.map(({ url }) => queryOf(url))
  t.equal(first?.get('endpoint_id'), 'fal-ai/flux/dev')
  t.equal(first?.get('start'), '2026-11-20T09:59:00.000Z')
  t.equal(first?.get('expand'), 'payloads')
  t.equal(second?.get('cursor'), 'Mg==')
})

t.test('a request that waited in the queue is dated by its id, not by its start', async (t) => {
  const since = Date.parse('2026-11-20T09:59:00Z')
  const hex = (since + 1_000).toString(16).padStart(12, '0')
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-9def-0123456789ab`
  const item = { request_id: id, started_at: '2026-11-20T11:00:00Z', status_code: null }
  const server = await serveFal(t, () => ({ body: { items: [item], next_cursor: null, has_more: false } }))
  const listed = await clientOf(t, server.base).listRequests({ endpointId: 'fal-ai/flux/dev', since })
  t.match(listed, [{ requestId: id, sentAt: since + 1_000 }])
})

t.test('a list that cannot be had whole is null: absence from it would pass for proof', async (t) => {
  const query = { endpointId: 'a/b', since: 0 }
  let page = 0
  const replies = [
    () => ({ status: 500, body: {} }),
    () => ({ status: 401, body: { error: { type: 'authorization_error', message: 'x' } } }),
    () => ({ body: '<html>' }),
    () => ({ body: { items: 'none' } }),
    () => {
      page += 1
      return { body: { items: [], next_cursor: String(page), has_more: true } }
    },
  ]
  for (const reply of replies) {
    const server = await serveFal(t, reply)
    t.equal(await clientOf(t, server.base).listRequests(query), null)
    t.ok(server.asked.length <= 20)
  }
  t.equal(await clientOf(t, await closedPort()).listRequests(query), null)
})

t.test('prices come in batches; one unknown endpoint does not spoil the others', async (t) => {
  const ids = Array.from({ length: 60 }, (_, at) => `fal-ai/model-${at}`)
  const server = await serveFal(t, ({ url }) => {
    const asked = queryOf(url).getAll('endpoint_id')
    if (asked.includes('fal-ai/model-13'))
      return { status: 404, body: { error: { type: 'not_found', message: 'x' } } }
    return {
      body: {
        prices: asked.map((id) => ({ endpoint_id: id, unit_price: 0.025, unit: 'image', currency: 'USD' })),
      },
    }
  })
  const prices = await clientOf(t, server.base).fetchPrices(ids)
  if ('trouble' in prices) throw new Error(prices.trouble)
  t.same(
    prices.map((row) => row.endpointId),
    ids.filter((id) => id !== 'fal-ai/model-13'),
  )
  await clientOf(t, server.base, { platformBase: `${server.base}/v1/` }).fetchPrices(['a/b'])
  t.ok(
    server.asked.every(({ url }) => url.startsWith('/v1/models/pricing?')),
    'a base with its version is fine too',
  )
  t.same(prices[0], { endpointId: 'fal-ai/model-0', unitPrice: 0.025, unit: 'image', currency: 'USD' })
  t.ok(server.asked.every(({ url }) => queryOf(url).getAll('endpoint_id').length <= 50))
})

t.test('prices that cannot be had are no error but a reason, and unreadable rows are left out', async (t) => {
  t.same(await clientOf(t, await closedPort()).fetchPrices(['a/b']), { trouble: 'ECONNREFUSED' })
  const refusing = await serveFal(t, () => ({ status: 401, body: { detail: 'x' } }))
  t.same(await clientOf(t, refusing.base).fetchPrices(['a/b']), { trouble: 'FAL answered 401' })
  const odd = await serveFal(t, () => ({ body: {} }))
  t.match(await clientOf(t, odd.base).fetchPrices(['a/b']), { trouble: /no list of prices/ })
  const junk = await serveFal(t, () => ({
    body: { prices: [null, {}, { endpoint_id: 'a/b', unit_price: '1', unit: 'x' }] },
  }))
  t.same(await clientOf(t, junk.base).fetchPrices(['a/b']), [])
  t.same(await clientOf(t, junk.base).fetchPrices([]), [])
})
