/** Counts the units that FAL bills for a finished run, in the unit of the price that the price API publishes. */

import type { Json, JsonObject } from '../base/json.ts'
import { frameCount } from '../media/mp4.ts'
import type { Bill } from '../world/ledger.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { genericModel, genericPrice } from './catalogue.ts'
import type { ModelEntry, Price } from './data/model-entry.ts'
import { modelIn } from './given-models.ts'
import { imageSize, type PixelSize, videoSize } from './picture-size.ts'
import { framesPerSecond, outputCount, promptOf, secondsOf, withDefaults } from './read-input.ts'

/** Pixels of a billed megapixel. FAL does not publish it; its bill of a 1024 × 1024 picture as one fits only this. */
const megapixel = 1024 * 1024

/** Units of `price.amount`, as `x-fal-billable-units` carries them; `input` has its defaults filled in. */
export function billedUnits(model: ModelEntry, input: JsonObject, computeSeconds: number): number {
  const { amount, rates = [], factors = [], leastUsd = 0 } = model.price
  const rate = rates.find(({ when = {} }) => holds(when, input))?.usd ?? amount
  const factor = factors.reduce((all, { when, factor }) => (holds(when, input) ? all * factor : all), 1)
  const usd = Math.max(rate * factor * counted(model, input, computeSeconds), leastUsd)
  return Number((usd / amount).toPrecision(15))
}

/** What a finished run is billed; a model of text by its run. */
export function billOf(world: World, request: QueueRequest, model: ModelEntry | null): Bill {
  const { faults, endpointId, durationSeconds } = request
  const billedAs = faults.strike('fallback')
    ? faults.text('fallback')
    : faults.strike('bill-as')
      ? faults.text('bill-as')
      : endpointId
  const priced = billedAs === endpointId ? model : (modelIn(world, billedAs) ?? genericModel(billedAs))
  if (!priced) return { endpointId: billedAs, units: 1, unitPriceUsd: genericPrice.amount }
  const factor = faults.strike('units-more') ? faults.number('units-more') : 1
  const units = billedUnits(priced, withDefaults(priced, request.input), durationSeconds) * factor
  return { endpointId: billedAs, units: Number(units.toPrecision(15)), unitPriceUsd: priced.price.amount }
}

/** The headers that carry the bill of a result. */
export function billHeaders({ endpointId, faults }: QueueRequest, bill: Bill): Record<string, string> {
  const shown = faults.strike('units-zero') ? 0 : bill.units
  return {
    'x-fal-billable-units': `${shown}`,
    ...(bill.endpointId !== endpointId && { 'x-fal-bill-as': bill.endpointId }),
    ...(faults.has('fallback') && {
      'x-app-fal-api-fallback': 'true',
      'x-app-fal-api-fallback-endpoint': bill.endpointId,
    }),
  }
}

function counted({ price, output }: ModelEntry, input: JsonObject, computeSeconds: number): number {
  const files = output.list ? outputCount(input) : 1
  const seconds = secondsOf(input)
  switch (price.counts) {
    case 'runs':
      return 1
    case 'images':
      return files
    case 'megapixels':
      return Math.max(1, Math.ceil(pixels(imageSize(input)) / megapixel)) * files
    case 'exactMegapixels':
      return pixels(imageSize(input)) / megapixel
    case 'videoMegapixels':
      return (pixels(videoSize(input)) * frameCount({ seconds, fps: framesPerSecond(input) })) / 1e6
    case 'seconds':
      return framedSeconds(price, input) ?? seconds
    case 'fiveSeconds':
      return Math.ceil(seconds / 5)
    case 'minutes':
      return seconds / 60
    case 'thousandCharacters':
      return [...promptOf(input)].length / 1000
    case 'computeSeconds':
      return computeSeconds
  }
}

/** Frames divided by the rate at which FAL bills, which may differ from the frame rate. */
function framedSeconds({ framesPerSecond: rate }: Price, input: JsonObject): number | undefined {
  const { num_frames: frames } = input
  return rate !== undefined && typeof frames === 'number' ? frames / rate : undefined
}

function holds(when: Readonly<Record<string, Json>>, input: JsonObject): boolean {
  return Object.entries(when).every(([name, wanted]) => {
    const value = input[name]
    const isPrefix = typeof wanted === 'string' && wanted.endsWith('*')
    return isPrefix ? String(value).startsWith(wanted.slice(0, -1)) : value === wanted
  })
}

function pixels({ width, height }: PixelSize): number {
  return width * height
}
