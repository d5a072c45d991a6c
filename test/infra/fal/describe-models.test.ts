/** FAL's descriptions of models: from the right host, within bounds, and never an error. */
import t from 'tap'
import { type Asked, clientOf, closedPort, type Reply, serveFal } from './misbehaving-server.ts'

const id = 'studio/painter/v9'
const document = { openapi: '3.0.4', paths: { [`/${id}`]: {} } }
const entry = {
  endpoint_id: id,
  metadata: {
    display_name: 'Painter\u0000 9',
    category: 'text-to-image',
    status: 'active',
    updated_at: '2026-09-01T00:00:00Z',
  },
}
const isWeb = ({ url }: Asked) => url.startsWith('/api/openapi/')

t.test('the Platform API describes a model in one call, with the key', async (t) => {
  const server = await serveFal(t, () => ({ body: { models: [{ ...entry, openapi: document }] } }))
  t.same(await clientOf(t, server.base).models.describe(id), {
    type: 'described',
    source: 'platform',
    listed: {
      endpointId: id,
      title: 'Painter 9',
      category: 'text-to-image',
      status: 'active',
      listedAt: Date.parse('2026-09-01T00:00:00Z'),
      document,
    },
    document,
  })
  t.match(server.asked, [{ url: `/v1/models?endpoint_id=${encodeURIComponent(id)}&expand=openapi-3.0` }])
  t.match(server.asked[0]?.headers.authorization, /^Key /)
})

t.test('what the Platform API lacks comes from the web host, which gets no key', async (t) => {
  const replies: Record<string, Reply | undefined> = {
    'it has no document': {
      body: { models: [{ ...entry, openapi: { error: { code: 'expansion_failed' } } }] },
    },
    'it does not know it': { status: 404, body: {} },
    'it is down': { status: 500, body: {} },
    'it answers nonsense': { body: '<html>' },
    'it sends too much': { body: JSON.stringify({ models: ['x'.repeat(5_000_000)] }) },
  }
  for (const [name, reply] of Object.entries(replies)) {
    const server = await serveFal(t, (asked) => (isWeb(asked) ? { body: document } : reply))
    t.match(
      await clientOf(t, server.base).models.describe(id),
      { type: 'described', source: 'web', document },
      name,
    )
    t.equal(server.asked.find(isWeb)?.headers.authorization, undefined)
  }
})

t.test('unknown is only what the Platform API denies and the web host does not describe', async (t) => {
  const denied = await serveFal(t, () => ({ status: 404, body: 'null' }))
  t.same(await clientOf(t, denied.base).models.describe(id), { type: 'unknown' })
  const nowhere = await closedPort()
  t.same(await clientOf(t, denied.base, { schemaBase: nowhere }).models.describe(id), { type: 'unknown' })
  const failing = await serveFal(t, (asked) =>
    isWeb(asked) ? { status: 404, body: 'null' } : { status: 503, body: {} },
  )
  t.same(await clientOf(t, failing.base).models.describe(id), { type: 'silent', reason: 'FAL answered 503' })
  t.match(await clientOf(t, nowhere).models.describe(id), { type: 'silent', reason: 'ECONNREFUSED' })
})

t.test('a listed model without a document anywhere is described without one', async (t) => {
  const server = await serveFal(t, (asked) =>
    isWeb(asked) ? { status: 404, body: 'null' } : { body: { models: [entry] } },
  )
  t.match(await clientOf(t, server.base).models.describe(id), {
    type: 'described',
    document: null,
    listed: { endpointId: id },
  })
})

t.test('the list is read by pages, as large as FAL allows', async (t) => {
  const server = await serveFal(t, ({ url }) => {
    const query = new URL(url, 'http://x').searchParams
    if (Number(query.get('limit')) > 20) return { status: 400, body: {} }
    return query.get('cursor') === null
      ? { body: { models: [entry, { endpoint_id: 7 }], next_cursor: 'Mg==', has_more: true } }
      : { body: { models: [{ ...entry, endpoint_id: 'a/b' }], next_cursor: 'Mg==', has_more: true } }
  })
  const { models } = clientOf(t, server.base)
  const query = { status: 'active', withDocuments: true } as const
  t.match(await models.list({ ...query, cursor: null }), { models: [{ endpointId: id }], nextCursor: 'Mg==' })
  t.match(
    await models.list({ ...query, cursor: 'Mg==' }),
    { models: [{ endpointId: 'a/b' }], nextCursor: null },
    'no endless list',
  )
  const broken = await serveFal(t, () => ({ body: { models: 'none' } }))
  t.match(await clientOf(t, broken.base).models.list({ ...query, cursor: null }), {
    trouble: /no list of models/,
  })
})
