/**
 * Requests that nobody would send: bodies, queries, paths and headers made from the document's own schemas and from
 * rubbish never give 500, never hang, tell nothing of our insides, and every answer is as documented. FUZZ_RUNS sets how
 * many volleys; each is 8 requests at once, and the default makes some 5,000 in all.
 */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { testKey } from '../../support/service.ts'
import { bearer, type JobBench, startJobBench } from '../job-bench.ts'

const runs = Number(process.env.FUZZ_RUNS ?? 128)

// One for all uses: making it takes longer than a hundred requests.
const anyText = fc.string({ unit: 'binary' })
const text = fc.oneof(
  anyText,
  fc.constantFrom('', '\0', '\ud800', '1e999', '-0', 'null', '%00', '../../..', 'a/b', 'flux-schnell', '🎈'),
)
const value = fc.oneof(
  text,
  fc.double(),
  fc.constantFrom(2 ** 53, -1, 1e308, 0.1),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
)

t.test('fuzzed requests', async (t) => {
  const bench = await startJobBench(t, { simulator: { speed: 200 } })
  const job = await bench.create({ model: 'flux-schnell', prompt: 'x', archive: false })
  const stranger = bearer(await bench.newKey(['jobs:read', 'jobs:write']))

  await t.test('create bodies', () => createBodies(bench))
  await t.test('broken JSON', () =>
    hold(anyText, (body) =>
      expectSound(bench, 'POST', '/api/jobs', `{"model":${body}`, { 'content-type': 'application/json' }),
    ),
  )
  await t.test('queries and paths', () => queriesAndPaths(bench, job.id, stranger))
  await t.test('bodies of all other operations', (t) => otherBodies(t, bench, job.id))

  const { body } = await bench.call('GET', '/readyz')
  t.equal(body.ready, true, 'the service is as well as before')
})

async function createBodies(bench: JobBench): Promise<void> {
  const fields = Object.keys(
    (bench.document.components.schemas.CreateJob as { properties: object }).properties,
  )
  const body = fc.record(
    Object.fromEntries(
      fields.map((field) => [
        field,
        field === 'model' ? fc.constantFrom('flux-schnell', 'veo3', 'a/b') : value,
      ]),
    ),
    { requiredKeys: [] },
  )
  const bodies = fc.oneof(body, fc.record({ jobs: fc.array(body, { maxLength: 4 }) }), value)
  await hold(
    fc.tuple(bodies, fc.boolean(), fc.option(fc.string({ minLength: 1, maxLength: 300 }))),
    async ([sent, isBatch, key]) => {
      const headers = key === null || !/^[\x21-\x7e]+$/.test(key) ? {} : { 'idempotency-key': key }
      await expectSound(bench, 'POST', isBatch ? '/api/jobs/batch' : '/api/jobs', JSON.stringify(sent), {
        ...headers,
        'content-type': 'application/json',
      })
    },
  )
}

async function queriesAndPaths(
  bench: JobBench,
  jobId: string,
  stranger: { authorization: string },
): Promise<void> {
  const routes = Object.entries(bench.document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      // Streams and long waits end by themselves, but not in a test's time.
      .filter(([method]) => path.startsWith('/api/') && method === 'get')
      .map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        names: (operation.parameters ?? []).flatMap((given) => {
          const { name, in: place } = given as { name: string; in: string }
          return place === 'query' && name !== 'wait' ? [name] : []
        }),
      })),
  )
  const request = fc.constantFrom(...routes).chain(({ path, method, names }) =>
    fc.record({
      path: fc.constant(path),
      method: fc.constant(method),
      id: fc.oneof(fc.constant(jobId), text),
      query: fc.dictionary(fc.oneof(fc.constantFrom('metadata.a', 'x', ...names), text), text, {
        maxKeys: 3,
      }),
    }),
  )
  await hold(request, async ({ path, method, id, query }) => {
    const at = encodeURIComponent(id.toWellFormed()) || '%20'
    const url = path.replaceAll(/\{\w+\}/g, at === '.' || at === '..' ? '%2e%20' : at)
    const search = new URLSearchParams(
      Object.entries(query).map(([k, v]) => [k.toWellFormed(), v.toWellFormed()]),
    )
    search.delete('token')
    await expectSound(bench, method, `${url}?${search}`)
    await expectSound(bench, method, `${url}?${search}`, undefined, stranger)
  })
}

async function otherBodies(t: Test, bench: JobBench, jobId: string): Promise<void> {
  const operations = Object.entries(bench.document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const fields = bodyFieldsOf(operation)
      return fields === null || path === '/api/jobs' || path === '/api/jobs/batch'
        ? []
        : [{ path, method: method.toUpperCase(), fields }]
    }),
  )
  t.ok(operations.length >= 8, `${operations.length} operations`)
  const request = fc.constantFrom(...operations).chain(({ path, method, fields }) =>
    fc.record({
      path: fc.constant(path),
      method: fc.constant(method),
      id: fc.oneof(fc.constant(jobId), text),
      sent: fc.oneof(
        fc.record(Object.fromEntries(fields.map((field) => [field, fieldValue])), { requiredKeys: [] }),
        value,
      ),
    }),
  )
  await hold(request, async ({ path, method, id, sent }) => {
    const at = encodeURIComponent(id.toWellFormed()) || '%20'
    const url = path.replaceAll(/\{\w+\}/g, at === '.' || at === '..' ? '%2e%20' : at)
    const json = { 'content-type': 'application/json' }
    await expectSound(bench, method, url, JSON.stringify(sent), json)
  })
}

/** Mostly wrong, sometimes right: what is right goes deeper. */
const fieldValue = fc.oneof(
  value,
  fc.constantFrom(1, 900, 2 ** 31, -1, 'jobs:read', ['jobs:read'], '2026-01-01T00:00:00Z', 'failed'),
  fc.constantFrom('http://127.0.0.1:9/closed', 'cli_01999999-9999-7999-8999-999999999999', {
    ratePerSecond: 1,
  }),
)

/** The fields of an operation's JSON body as documented; null when it takes none. */
function bodyFieldsOf(operation: object): string[] | null {
  const { requestBody } = operation as {
    requestBody?: { content?: Record<string, { schema?: { properties?: object } }> }
  }
  const schema = requestBody?.content?.['application/json']?.schema
  return schema === undefined ? null : Object.keys(schema.properties ?? {})
}

const hold = <T>(values: fc.Arbitrary<T>, property: (value: T) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: 8, maxLength: 8, size: 'max' }), async (volley) => {
      await Promise.all(volley.map(property))
    }),
    { numRuns: runs, endOnFailure: true },
  )

async function expectSound(
  bench: JobBench,
  method: string,
  path: string,
  body?: string,
  headers?: Record<string, string>,
): Promise<void> {
  const answer = await bench.checked(method, path, body, headers)
  if (answer.status >= 500)
    throw new Error(`${method} ${path} → ${answer.status} ${JSON.stringify(answer.body)}`)
  const told = JSON.stringify(answer.body)
  const { FAL_KEY, DATABASE_URL } = bench.environment
  const isTold = [FAL_KEY, DATABASE_URL, testKey].some((secret) => told.includes(secret ?? ''))
  if (isTold || insides.test(told)) throw new Error(`${method} ${path} tells too much: ${told}`)
}

/** Stack traces, places in our code, words of the database. */
const insides = /\\n +at |node_modules|\.ts:\d|violates |syntax error at|invalid input syntax|SQLSTATE/
