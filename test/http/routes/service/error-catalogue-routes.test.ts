/** The catalogue of errors: a problem's `type` leads to the entry of its code, and no code that a caller can meet is missing. */
import t from 'tap'
import { AppError, errorCodes } from '../../../../src/domain/errors.ts'
import { jobErrorCodes } from '../../../../src/domain/job.ts'
import { problemBody } from '../../../../src/http/plugins/problems.ts'
import {
  fieldCodes,
  jobErrorCatalogue,
  problemCatalogue,
} from '../../../../src/http/schemas/data/error-catalogue.ts'
import { readSources } from '../../../project/source-files.ts'
import { startBench } from '../../../support/service.ts'

t.test('the type of a problem opens the page of the service at the entry of its code', async (t) => {
  const bench = await startBench(t)
  const refused = await bench.call('POST', '/api/jobs', { model: 'flux-schnell', promt: 'x' })
  t.equal(refused.body.type, '/docs/errors#invalid-params')
  const page = await fetch(new URL(refused.body.type, bench.service.url))
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), 'text/html')
  t.match(page.headers.get('content-security-policy'), "default-src 'none'")
  const html = await page.text()
  for (const code of errorCodes) {
    const { type } = problemBody(new AppError(code, 'x'), 'id')
    t.ok(html.includes(`id="${type.split('#')[1]}"`), type)
  }
  for (const code of jobErrorCodes)
    t.ok(html.includes(`id="job-${code.toLowerCase().replaceAll('_', '-')}"`), code)
  t.notMatch(html, /<script|https?:/)
})

t.test('what the catalogue says of retrying is what a problem says', async (t) => {
  for (const code of errorCodes) {
    // The one whose throw site says so itself.
    if (code === 'IDEMPOTENCY_IN_PROGRESS') continue
    t.equal(problemCatalogue[code].retryable === 'yes', new AppError(code, 'x').retryable, code)
  }
})

t.test('every entry is whole sentences, and every code of a field is explained', async (t) => {
  for (const [code, entry] of [...Object.entries(problemCatalogue), ...Object.entries(jobErrorCatalogue)])
    for (const text of [entry.meaning, entry.cause, entry.whatToDo]) t.match(text, /^[A-Z`].*\.$/, code)
  const ofProxyAlone = new Set(['value_error', 'dict_type'])
  const rooms = new Set(['domain', 'models', 'jobs', 'http', 'infra'])
  const used = readSources('src')
    .filter(({ room, path }) => rooms.has(room) && !path.includes('/data/'))
    .flatMap(({ text }) => [
      ...text.matchAll(/\bpointer\b[^{}]*\bcode: '([a-z_]+)'|\brefuse\(findings, [^,]+, '([a-z_]+)'/g),
    ])
    .map(([, a, b]) => a ?? b ?? '')
  t.ok(used.length > 20, `${used.length} places`)
  t.strictSame(
    [...new Set(used)].filter((code) => fieldCodes[code] === undefined && !ofProxyAlone.has(code)),
    [],
  )
})
