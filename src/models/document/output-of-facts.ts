/** What a model answers, from the schema of its result: of what kind, and where the media stand. */
import type { Json, KnownModel, MediaKind, Output } from '../catalogue/entry.ts'
import { isSchema, type ModelFacts, type Schema } from './model-facts.ts'
import { resolveSchema } from './resolve-schema.ts'

export interface ReadOutput {
  readonly kind: KnownModel['kind']
  readonly output: Output
}

interface FileField {
  readonly name: string
  readonly list: boolean
  readonly required: boolean
  readonly members: readonly string[]
}

export function outputOfFacts(facts: ModelFacts): ReadOutput {
  const schema = facts.output === null ? undefined : plain(facts.output, facts)
  const properties = schema !== undefined && isSchema(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema?.required) ? schema.required : []
  const files = Object.keys(properties).flatMap((name) =>
    fileField(name, properties[name], required.includes(name), facts),
  )
  // The main file is the one a model always answers; a preview or a mask beside it is mostly optional.
  const main = files.find((file) => file.required && kindOfName(file.name) !== undefined) ?? files[0]
  const kind =
    main === undefined ? 'unknown' : (kindOfName(main.name) ?? kindOfCategory(facts.category) ?? 'file')
  const rest = files.filter((file) => file !== main)
  return {
    kind,
    output: {
      urlPath: main?.required === true ? pathOf(main) : null,
      fileFields: main?.members ?? [],
      otherFields: Object.keys(properties).filter((name) => !files.some((file) => file.name === name)),
      ...(rest.length === 0 ? {} : { extraMediaPaths: rest.map(pathOf) }),
    },
  }
}

const pathOf = ({ name, list }: FileField) => `${name}${list ? '[]' : ''}.url`

/** A file in a result is an object with a `url`, alone, nullable or in a list. */
function fileField(
  name: string,
  schema: Json | undefined,
  required: boolean,
  facts: ModelFacts,
): FileField[] {
  const own = isSchema(schema) ? plain(schema, facts) : undefined
  if (own === undefined) return []
  const items = own.type === 'array' && isSchema(own.items) ? plain(own.items, facts) : undefined
  const file = items ?? own
  if (!isSchema(file.properties) || !Object.hasOwn(file.properties, 'url')) return []
  return [{ name, list: items !== undefined, required, members: Object.keys(file.properties) }]
}

/** The schema behind references, and behind `anyOf` with null. */
function plain(schema: Schema, facts: ModelFacts, depth = 0): Schema | undefined {
  const resolved =
    depth > 8 ? undefined : resolveSchema(schema, { schemas: facts.schemas, trail: [] })?.schema
  if (resolved === undefined || !Array.isArray(resolved.anyOf)) return resolved
  const [only, ...others] = resolved.anyOf.filter((branch) => isSchema(branch) && branch.type !== 'null')
  return others.length === 0 && isSchema(only) ? plain(only, facts, depth + 1) : undefined
}

function kindOfName(name: string): MediaKind | undefined {
  if (/image|picture|photo/.test(name)) return 'image'
  if (/video/.test(name)) return 'video'
  return /audio|speech|music|sound/.test(name) ? 'audio' : undefined
}

export function kindOfCategory(category: string | null): MediaKind | undefined {
  const result = category?.split('-to-').at(-1)
  if (result === 'speech' || result === 'audio') return 'audio'
  return result === 'image' || result === 'video' ? result : undefined
}
