/**
 * A price from FAL's bare unit price alone, where the unit can be counted from the request: images, seconds, megapixels,
 * characters, runs. What modifies it (resolution, sound, quality) FAL says in prose only, so that it is marked `base`.
 */
import type { PriceQuantity, PriceRule } from '../../domain/money/price-rule.ts'
import type { KnownModel, ParamName } from '../catalogue/entry.ts'

/** A unit price in FAL's own unit. */
export interface BarePrice {
  readonly unit: string
  readonly unitPriceMicros: number
  /** ISO date. */
  readonly asOf: string
}

type Counted = Extract<PriceQuantity, { by: 'counted' }>

/** The price of a model without a curated rule, or why it has none. */
export function basePrice(
  model: KnownModel,
  bare: BarePrice | null,
): Pick<KnownModel, 'price' | 'priceUnknown'> {
  if (bare === null) return { price: null, priceUnknown: 'FAL publishes no price of this endpoint' }
  const counted = countedBy(model, bare.unit)
  if (counted === null) {
    const priceUnknown = `FAL charges by "${bare.unit}", which cannot be counted from the request`
    return { price: null, priceUnknown }
  }
  const price: PriceRule = {
    unit: counted.unit,
    rates: [{ micros: bare.unitPriceMicros * (counted.perUnit ?? 1) }],
    quantity: counted.quantity,
    confidence: 'base',
    asOf: bare.asOf,
    note: `FAL's bare price per "${bare.unit}"; modifiers are not known.`,
  }
  return { price }
}

interface CountedBy {
  unit: PriceRule['unit']
  quantity: Counted
  /** FAL's units in one of ours. */
  perUnit?: number
}

function countedBy(model: KnownModel, unit: string): CountedBy | null {
  const times = fieldOf(model, 'numOutputs')
  const timesField = times === undefined ? {} : { timesField: times }
  const plain = unit
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, ' ')
    .replace(/s$/, '')
  switch (plain) {
    case 'image':
      return { unit: 'image', quantity: { by: 'counted', of: 'images', ...timesField } }
    case 'megapixel': {
      const field = fieldOf(model, 'aspectRatio')
      // Of a picture that is worked on, its own size counts, which only FAL sees.
      const isFixed =
        model.parameters.some((p) => p.field === field && p.type === 'size') && !takesFile(model)
      if (field === undefined || !isFixed) return null
      return { unit: 'megapixel', quantity: { by: 'counted', of: 'megapixels', field, ...timesField } }
    }
    case 'second':
      return secondsOf(model, timesField)
    case '1000 character':
    case '1k character':
    case 'character': {
      const field = fieldOf(model, 'prompt')
      if (field === undefined) return null
      const quantity = { by: 'counted', of: 'characters', field, perUnit: 1_000 } as const
      return { unit: '1k_characters', quantity, ...(plain === 'character' ? { perUnit: 1_000 } : {}) }
    }
    case 'request':
    case 'generation':
    case 'run':
    case 'video':
    case 'audio':
      return {
        unit: plain === 'audio' ? 'audio' : 'video',
        quantity: { by: 'counted', of: 'runs', ...timesField },
      }
    default:
      return null
  }
}

function secondsOf(model: KnownModel, timesField: Pick<Counted, 'timesField'>) {
  const parameter = model.parameters.find(({ param }) => param === 'durationSeconds')
  if (parameter === undefined) return null
  const { field, encoding } = parameter
  // Frames are seconds only at a rate, and which of them FAL bills by is not published.
  if (encoding === 'frames' || encoding === 'frames-text') return null
  const of = encoding === 'milliseconds' ? ('milliseconds' as const) : ('seconds' as const)
  return { unit: 'second' as const, quantity: { by: 'counted' as const, of, field, ...timesField } }
}

function fieldOf(model: KnownModel, param: ParamName): string | undefined {
  return model.parameters.find((parameter) => parameter.param === param)?.field
}

function takesFile({ parameters }: KnownModel): boolean {
  return parameters.some(({ param }) => param?.startsWith('input') === true)
}
