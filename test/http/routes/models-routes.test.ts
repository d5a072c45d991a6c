/** The catalogue over HTTP: every model found by every name it has, pages that join, answers that can be cached. */
import t from 'tap'
import { briefEntries, catalogue } from '../../../src/models/catalogue.ts'
import { startBench } from '../../support/service.ts'

t.test('the catalogue', async (t) => {
  const bench = await startBench(t)

  await t.test('pages join to the whole, and filters combine', async (t) => {
    const aliases: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await bench.call(
        'GET',
        `/api/models?limit=25&source=catalogue${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )
      aliases.push(...page.body.data.map((model: { alias: string }) => model.alias))
      t.equal(page.body.hasMore, page.body.nextCursor !== null)
      cursor = page.body.nextCursor
    }
    t.same(
      aliases,
      [...catalogue, ...briefEntries].map((entry) => entry.alias),
    )
    const videos = await bench.call('GET', '/api/models?kind=video&task=text-to-video')
    t.ok(videos.body.data.length > 5)
    for (const model of videos.body.data) t.match(model, { kind: 'video', task: 'text-to-video' })
    t.equal((await bench.call('GET', '/api/models?kind=smell')).status, 422)
    t.equal((await bench.call('GET', '/api/models?cursor=nobody')).status, 422)
  })

  await t.test(
    'every model answers to its alias and endpoint id, and its example is quoted as it stands',
    async (t) => {
      for (const { alias, endpointId } of catalogue) {
        const model = await bench.call('GET', `/api/models/${alias}`)
        t.match(model, {
          status: 200,
          body: { alias, endpointId, price: { rule: /./ }, schema: { type: 'object' } },
        })
        const byId = await bench.call('GET', `/api/models/${encodeURIComponent(endpointId)}`)
        t.equal(byId.body.alias, alias)
        const quote = await bench.call('POST', '/api/jobs/quote', model.body.example)
        t.match(quote, { status: 200, body: { warnings: [] } }, alias)
      }
      t.equal((await bench.call('GET', '/api/models/flux')).body.alias, 'flux-dev', 'a synonym')
      t.match(await bench.call('GET', '/api/models/flux-dex'), {
        status: 404,
        body: { code: 'NOT_FOUND', errors: [{ pointer: '#/path/id', allowed: ['flux-dev'] }] },
      })
    },
  )

  await t.test('a client that has it already is told so', async (t) => {
    for (const path of ['/api/models', '/api/models/flux-dev']) {
      const first = await bench.call('GET', path)
      const tag = first.headers.get('etag') ?? ''
      t.ok(tag.length > 5)
      const again = await bench.call('GET', path, undefined, { 'if-none-match': tag })
      t.equal(again.status, 304)
      t.equal(again.body, '')
    }
  })
})
