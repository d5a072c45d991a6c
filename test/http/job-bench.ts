/** What the route tests share: a bench that never sheds, more clients, and answers checked against the OpenAPI document. */
import { createHash, randomBytes } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import pg from 'pg'
import type { Test } from 'tap'
import { type Answer, type Bench, type BenchOptions, startBench } from '../support/service.ts'

export interface JobBench extends Bench {
  /** A key of a new client (or of the same one), put straight into the database. */
  newKey(scopes: readonly string[]): Promise<string>
  /** Calls as `call` does and fails the test when the answer is not as documented. */
  checked(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  document: OpenApiDocument
}

export interface OpenApiDocument {
  paths: Record<
    string,
    Record<string, { responses: Record<string, DocumentedResponse>; parameters?: unknown[] }>
  >
  components: { schemas: Record<string, object> }
}

interface DocumentedResponse {
  content?: Record<string, { schema: object }>
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** No job has this id. */
export const absentJob = 'job_01999999-9999-7999-8999-999999999999'

export async function startJobBench(t: Test, options: BenchOptions = {}): Promise<JobBench> {
  const environment = { SHED_EVENT_LOOP_DELAY_MS: '0', SHED_DATABASE_WAITING: '0', ...options.environment }
  const bench = await startBench(t, { ...options, environment })
  const client = new pg.Client({ connectionString: bench.database.url })
  // The database is dropped under it at the end.
  client.on('error', () => undefined)
  await client.connect()
  t.teardown(() => client.end())
  const query: JobBench['query'] = async (text, values = []) => (await client.query(text, values)).rows
  const document: OpenApiDocument = (await bench.call('GET', '/openapi.json')).body
  const check = createConformance(document)
  return {
    ...bench,
    document,
    query,
    async newKey(scopes) {
      const secret = `fj_${randomBytes(24).toString('base64url')}`
      const [row] = await query('insert into client (id, name) values (gen_random_uuid(), $1) returning id', [
        secret.slice(3, 11),
      ])
      await query(
        'insert into api_key (id, client_id, name, hash, prefix, scopes) values (gen_random_uuid(), $1, $2, $3, $4, $5)',
        [row?.id, 'test', createHash('sha256').update(secret).digest(), secret.slice(0, 6), scopes],
      )
      return secret
    },
    async checked(method, path, body, headers) {
      const answer = await bench.call(method, path, body, headers)
      const fault = check(method, path, answer)
      if (fault !== null) t.fail(`${method} ${path} → ${answer.status}: ${fault}`, { body: answer.body })
      return answer
    },
  }
}

/** null when the answer's status and body are as the document says, else what is wrong. */
function createConformance(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema({ $id: 'document', ...document })
  const patterns = Object.keys(document.paths)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)

  return function check(method: string, url: string, answer: Answer): string | null {
    const pathname = url.split('?')[0] ?? url
    const path = patterns.find(({ pattern }) => pattern.test(pathname))?.path
    if (path === undefined) return 'the path is not documented'
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses
    if (responses === undefined) return 'the method is not documented'
    const response = responses[String(answer.status)]
    if (response === undefined) return `the status is not documented (${Object.keys(responses).join(', ')})`
    const type = answer.headers.get('content-type')?.split(';')[0]
    if (response.content === undefined) return answer.body === '' ? null : 'a body where none is documented'
    if (type === undefined || response.content[type] === undefined) return `content type ${type}`
    const pointer = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(answer.status),
      'content',
      type,
      'schema',
    ]
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')
    const validate = ajv.getSchema(`document#/${pointer}`)
    if (validate === undefined) return `no schema at ${pointer}`
    return validate(answer.body) ? null : ajv.errorsText(validate.errors)
  }
}
