/** The search in FAL's own list of requests: read in pages small enough, and never taken for whole when it is not. */
import t from 'tap'
import { type Asked, clientOf, closedPort, type Reply, serveFal } from './misbehaving-server.ts'

const queryOf = ({ url }: Asked): URLSearchParams => new URL(url, 'http://x').searchParams
const since = Date.parse('2026-11-20T09:59:00Z')
const search = { endpointId: 'fal-ai/flux/dev', since, until: since + 3_600_000, hasInput: () => true }

t.test('pages are read to the end, oldest first, with exact inputs', async (t) => {
  const server = await serveFal(t, (asked) =>
    queryOf(asked).get('cursor') === null
      ? {
          body: `{"items":[{"request_id":"b","sent_at":"2026-11-20T10:00:05.5","json_input":{"seed":17454220438242315174}},
            {"request_id":7},{"request_id":"late","sent_at":"2026-11-20T11:00:00Z"}],"next_cursor":"Mg==","has_more":true}`,
        }
      : { body: { items: [{ request_id: 'a', started_at: '2026-11-20T10:00:00Z' }], has_more: false } },
  )
  const inputs: unknown[] = []
  const found = await clientOf(t, server.base).findRequests({
    ...search,
    hasInput: (input) => inputs.push(input) > 0,
  })
  t.strictSame(found, {
    requests: [
      { requestId: 'a', sentAt: since + 60_000 },
      { requestId: 'b', sentAt: since + 65_500 },
    ],
    isWhole: true,
  })
  t.strictSame(inputs, [{ seed: '17454220438242315174' }, null])
  const [first, second] = server.asked.map(queryOf)
  t.equal(first?.get('endpoint_id'), 'fal-ai/flux/dev')
  t.equal(first?.get('start'), '2026-11-20T09:59:00.000Z')
  t.equal(first?.get('expand'), 'payloads')
  t.equal(second?.get('cursor'), 'Mg==')
})

t.test('a request that waited in the queue is dated by its id, not by its start', async (t) => {
  const hex = (since + 1_000).toString(16).padStart(12, '0')
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-9def-0123456789ab`
  const item = { request_id: id, started_at: '2026-11-20T11:00:00Z', status_code: null }
  const server = await serveFal(t, () => ({ body: { items: [item], next_cursor: null, has_more: false } }))
  const { requests } = await clientOf(t, server.base).findRequests(search)
  t.strictSame(requests, [{ requestId: id, sentAt: since + 1_000 }])
})

t.test('a list that cannot be had whole is not whole: absence from it would pass for proof', async (t) => {
  let page = 0
  const replies: (() => Reply)[] = [
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
    t.strictSame(await clientOf(t, server.base).findRequests(search), { requests: [], isWhole: false })
    t.ok(server.asked.length <= 60)
  }
  const gone = await clientOf(t, await closedPort()).findRequests(search)
  t.strictSame(gone, { requests: [], isWhole: false })
})

/** 30 requests of which each lists `bytes` of output, as FAL pages them. */
function longList(bytes: (index: number) => number) {
  const requests = Array.from({ length: 30 }, (_, index) => index)
  return (asked: Asked): Reply => {
    const query = queryOf(asked)
    const from = Number(query.get('cursor') ?? 0)
    const to = from + Number(query.get('limit'))
    const items = requests.slice(from, to).map((index) => ({
      request_id: String(index),
      sent_at: new Date(since + index).toISOString(),
      ...(query.has('expand') ? { json_input: { index }, json_output: 'x'.repeat(bytes(index)) } : {}),
    }))
    return { body: { items, next_cursor: String(to), has_more: to < requests.length } }
  }
}

const wants = (index: number) => ({
  ...search,
  hasInput: (input: unknown) => (input as { index: number }).index === index,
})

t.test('a page that is too large is read in smaller ones', async (t) => {
  const server = await serveFal(
    t,
    longList(() => 1_000_000),
  )
  t.strictSame(await clientOf(t, server.base).findRequests(wants(29)), {
    requests: [{ requestId: '29', sentAt: since + 29 }],
    isWhole: true,
  })
})

t.test('one request as large as the largest result is read; a larger one is told as missing', async (t) => {
  const megabyte = 1024 * 1024
  const more = { resultMaxBytes: megabyte }
  const whole = await serveFal(
    t,
    longList((index) => (index === 7 ? 15 * megabyte : 1)),
  )
  t.strictSame(await clientOf(t, whole.base, more).findRequests(wants(7)), {
    requests: [{ requestId: '7', sentAt: since + 7 }],
    isWhole: true,
  })
  const cut = await serveFal(
    t,
    longList((index) => (index === 7 ? 18 * megabyte : 1)),
  )
  const client = clientOf(t, cut.base, more)
  t.strictSame(await client.findRequests(wants(7)), { requests: [], isWhole: false })
  t.match(await client.findRequests(wants(8)), { requests: [{ requestId: '8' }], isWhole: false })
  t.match(await client.findRequests({ ...wants(8), since: since + 8 }), { isWhole: true }, 'it is older')
})
