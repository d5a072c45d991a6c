/** `GET /api/usage`: groups as JSON and CSV, one's own or all, and what it refuses. */
import t from 'tap'
import { clientWith } from '../../support/clients.ts'
import { startBench } from '../../support/service.ts'

t.test('usage adds up what jobs cost and made', async (t) => {
  const bench = await startBench(t)
  const tenant = await clientWith(bench, { scopes: ['jobs:read', 'jobs:write'] })
  const image = { model: 'flux-schnell', prompt: 'a coin', input: { image_size: 'square_hd' } }
  const own = await bench.create({ ...image, userId: 'ada, "the first"', numOutputs: 2 })
  const other = await tenant.call('POST', '/api/jobs', { ...image, userId: 'bob', metadata: { order: '7' } })
  for (const id of [own.id]) await bench.settled(id)
  for (let job = other.body; job.archive.status !== 'archived'; ) {
    job = (await tenant.call('GET', `/api/jobs/${job.id}?wait=5`)).body
  }
  const usage = (query: string, headers?: Record<string, string>) =>
    bench.call('GET', `/api/usage?${query}`, undefined, headers)

  const byUser = await usage('groupBy=userId,model')
  t.match(byUser, { status: 200, body: { hasMore: false, nextCursor: null } })
  t.match(byUser.body.data, [
    { userId: 'ada, "the first"', model: 'flux-schnell', jobs: 1, files: 2, estimatedMicros: 6_000 },
    { userId: 'bob', model: 'flux-schnell', jobs: 1, files: 1, estimatedMicros: 3_000, unsettledJobs: 1 },
  ])
  t.ok(byUser.body.data[0].bytes > 0)
  t.strictSame(Object.keys(byUser.body.data[0]).length, 9)
  t.match((await usage(`clientId=${tenant.clientId}`)).body.data, [{ jobs: 1 }])
  t.match((await usage('groupBy=metadata.order')).body.data, [
    { 'metadata.order': null, jobs: 1 },
    { 'metadata.order': '7', jobs: 1 },
  ])

  const csv = await usage('groupBy=userId,status', { accept: 'text/csv' })
  t.match(csv.headers.get('content-type'), 'text/csv')
  const [head, first] = String(csv.body).split('\r\n')
  t.equal(head, 'userId,status,jobs,files,bytes,estimatedMicros,actualMicros,chargedMicros,unsettledJobs')
  t.match(first, /^"ada, ""the first""",completed,1,2,\d+,6000,0,0,1$/)
  const page = await usage('groupBy=userId&limit=1', { accept: 'text/csv' })
  const next = /<(.*)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
  t.match(String((await bench.call('GET', next, undefined, { accept: 'text/csv' })).body), 'bob,1,1,')

  t.match((await tenant.call('GET', '/api/usage?groupBy=client')).body.data, [
    { client: tenant.clientId, jobs: 1 },
  ])
  const foreign = own.id.replace('job_', 'cli_')
  t.equal((await tenant.call('GET', `/api/usage?clientId=${foreign}`)).status, 403)
  for (const query of [
    'groupBy=day,day',
    'groupBy=day,model,kind',
    'groupBy=nothing',
    'groupBy=metadata.',
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    'groupBy=metadata.order&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z',
    'cursor=x',
  ])
    t.equal((await usage(query)).status, 422, query)
})
