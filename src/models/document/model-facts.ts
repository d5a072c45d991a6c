/** FAL's document of one endpoint, cut down to what says how it may be called and what it answers. */
import type { Json } from '../catalogue/entry.ts'

/** A JSON Schema in FAL's dialect: labelled OpenAPI 3.0, written as 3.1. */
export interface Schema {
  readonly [keyword: string]: Json
}

export interface ModelFacts {
  readonly endpointId: string
  /** FAL's word for what it does: `text-to-video`. */
  readonly category: string | null
  readonly input: Schema
  /** Null: the document names no schema of the result. */
  readonly output: Schema | null
  /** The components that `input` and `output` refer to, by name. */
  readonly schemas: Readonly<Record<string, Schema>>
}

export function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The name of a component that a schema refers to; null for any other reference, and undefined for none. */
export function referenceOf(schema: Schema): string | null | undefined {
  const reference = schema.$ref
  if (reference === undefined) return undefined
  const prefix = '#/components/schemas/'
  if (typeof reference !== 'string' || !reference.startsWith(prefix)) return null
  return reference.slice(prefix.length).replaceAll('~1', '/').replaceAll('~0', '~')
}
