/** The committed OpenAPI document is the contract clients are generated from: it must be that of the routes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { openApiText } from '../../src/cli/commands/openapi-command.ts'
import { root } from './source-files.ts'

interface Operation {
  operationId?: string
  summary?: string
  tags?: string[]
  responses?: Record<string, unknown>
}

t.test('openapi.yaml is what the routes say', async (t) => {
  const committed = readFileSync(join(root, 'openapi.yaml'), 'utf8')
  const current = await openApiText()
  t.ok(committed === current, 'else run `npm run openapi` and commit the file')
  t.ok((await openApiText()) === current, 'the same routes give the same text')
})

t.test('every operation has a name of its own, a summary, a tag and its answers', async (t) => {
  const document = parse(await openApiText()) as {
    openapi: string
    paths: Record<string, Record<string, Operation>>
  }
  t.equal(document.openapi, '3.1.0')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
  )
  t.ok(operations.length >= 8)
  const ids = operations.map(({ operationId }) => operationId)
  t.equal(new Set(ids).size, ids.length)
  for (const { name, operationId, summary, tags, responses } of operations) {
    const isComplete = operationId && summary && tags?.length === 1 && Object.keys(responses ?? {}).length > 0
    if (!isComplete) t.fail(`${name} is not described`)
  }
})
