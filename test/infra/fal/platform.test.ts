/** FAL's prices: whole or not at all, bounded, and never an error. */
import t from 'tap'
import { clientOf, closedPort, serveFal } from './misbehaving-server.ts'

const queryOf = (url: string): URLSearchParams => new URL(url, 'http://x').searchParams

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
