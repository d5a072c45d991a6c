/**
 * From the OpenAPI document that FAL publishes of an endpoint to the facts the service keeps. Pure; a document that is
 * broken, of another endpoint or too large gives the reason why it is of no use.
 */
import { type Budget, copySchema, referencesIn, UnusableDocument, wholeBudget } from './copy-schema.ts'
import type { ModelFacts, Schema } from './model-facts.ts'

export type ReadDocument = { readonly facts: ModelFacts } | { readonly unusable: string }

/** `document` is parsed JSON from FAL, of any shape. */
export function readDocument(document: unknown, endpointId: string): ReadDocument {
  try {
    return { facts: factsOf(document, endpointId) }
  } catch (error) {
    if (error instanceof UnusableDocument) return { unusable: error.message }
    throw error
  }
}

function factsOf(document: unknown, endpointId: string): ModelFacts {
  const metadata = at(document, 'info', 'x-fal-metadata')
  const named = at(metadata, 'endpointId')
  if (typeof named === 'string' && named !== endpointId) {
    throw new UnusableDocument(`it describes ${named.slice(0, 200)}`)
  }
  const paths = at(document, 'paths')
  const input = bodySchema(at(paths, `/${endpointId}`, 'post', 'requestBody'))
  if (input === undefined) throw new UnusableDocument('it names no schema of the input')
  const result = at(paths, `/${endpointId}/requests/{request_id}`, 'get', 'responses', '200')
  const output = bodySchema(result)
  const budget = wholeBudget()
  const copied = {
    input: copySchema(input, budget),
    output: output === undefined ? null : copySchema(output, budget),
  }
  const category = at(metadata, 'category')
  return {
    endpointId,
    category: typeof category === 'string' ? category.slice(0, 100) : null,
    ...copied,
    schemas: copyComponents(at(document, 'components', 'schemas'), [copied.input, copied.output], budget),
  }
}

function bodySchema(body: unknown): unknown {
  return at(body, 'content', 'application/json', 'schema')
}

/** The components reached from `roots`, each once. */
function copyComponents(
  components: unknown,
  roots: readonly (Schema | null)[],
  budget: Budget,
): Record<string, Schema> {
  const wanted = [...new Set(roots.flatMap((root) => [...referencesIn(root)]))]
  const copied = new Map<string, Schema>()
  for (const name of wanted) {
    const component = at(components, name)
    if (component === undefined || copied.has(name)) continue
    const schema = copySchema(component, budget)
    copied.set(name, schema)
    wanted.push(...referencesIn(schema))
  }
  return Object.fromEntries(copied)
}

/** The member of own members at the end of a path; undefined where it breaks off. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let member: unknown = value
  for (const name of path) {
    if (typeof member !== 'object' || member === null || !Object.hasOwn(member, name)) return undefined
    const next: unknown = Reflect.get(member, name)
    member = next
  }
  return member
}
