/** FAL's `{width, height}` as a size, with the limits that FAL states in `x-fal` where the schema itself is wider. */
import type { Json, NumberRule, SizeRule } from '../catalogue/entry.ts'
import { isSchema, type Schema } from './model-facts.ts'
import { numberRule } from './plain-rules.ts'

/** Undefined: the object is none. */
export function sizeRule(schema: Schema): SizeRule | undefined {
  const { properties, additionalProperties } = schema
  if (!isSchema(properties) || Object.keys(properties).length !== 2 || isSchema(additionalProperties))
    return undefined
  const [width, height] = [sideOf(properties.width), sideOf(properties.height)]
  if (width === undefined || height === undefined) return undefined
  const required = Array.isArray(schema.required) ? schema.required : []
  // One side alone can be left out: that is no size in FAL's sense.
  if (required.length === 1) return undefined
  const stated = isSchema(schema['x-fal']) ? schema['x-fal'] : {}
  const maxPixels = whole(stated.max_area)
  const minPixels = whole(stated.min_area)
  return {
    type: 'size',
    allowed: [],
    width: narrowed(width, whole(stated.min_width), whole(stated.max_width), whole(stated.multiple_of)),
    height: narrowed(height, whole(stated.min_height), whole(stated.max_height), whole(stated.multiple_of)),
    ...(minPixels === undefined ? {} : { minPixels }),
    ...(maxPixels === undefined ? {} : { maxPixels }),
    ...(required.length === 2 ? { bothSides: true } : {}),
  }
}

function sideOf(schema: Json | undefined): NumberRule | undefined {
  if (!isSchema(schema) || schema.type !== 'integer' || schema.enum !== undefined) return undefined
  const { above, ...rule } = numberRule(schema, 'integer')
  return { ...rule, min: Math.max(rule.min ?? 1, above === undefined ? 1 : above + 1) }
}

function narrowed(
  side: NumberRule,
  least: number | undefined,
  most: number | undefined,
  multipleOf: number | undefined,
): NumberRule {
  const min = Math.max(side.min ?? 1, least ?? 1)
  const max = Math.min(side.max ?? Infinity, most ?? Infinity)
  const grain = multipleOf ?? side.multipleOf
  const first = grain === undefined ? min : Math.ceil(min / grain) * grain
  if (first > max) return side
  return {
    type: 'integer',
    min,
    ...(Number.isFinite(max) ? { max } : {}),
    ...(grain === undefined ? {} : { multipleOf: grain }),
  }
}

function whole(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}
