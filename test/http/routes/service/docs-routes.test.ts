/** The reference under /docs is complete in itself: it works without the internet and under a strict policy. */
import t from 'tap'
import { startBench } from '../../../support/service.ts'

t.test('the page, its scripts and its document come from the service alone', async (t) => {
  const bench = await startBench(t)
  const page = await fetch(new URL('/docs', bench.service.url))
  t.equal(page.status, 200)
  const policy = page.headers.get('content-security-policy') ?? ''
  t.match(policy, "default-src 'none'")
  t.match(policy, "script-src 'self';")
  const html = await page.text()
  const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address)
  t.ok(assets.length >= 4)
  for (const address of assets) {
    t.match(address, /^\/docs\/static\//)
    t.equal((await fetch(new URL(address, bench.service.url))).status, 200, address)
  }
  t.notMatch(html, /<script>|https?:/)
  const document = await (await fetch(new URL('/docs/json', bench.service.url))).json()
  t.strictSame(document, await (await fetch(new URL('/openapi.json', bench.service.url))).json())
})
