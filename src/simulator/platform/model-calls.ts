/** The catalogue of the Platform API: models with their OpenAPI documents, prices and estimates. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, jsonBodyOf, sendJson } from '../base/http-call.ts'
import { isObject, type JsonObject } from '../base/json.ts'
import { billedUnits } from '../models/billing.ts'
import { models } from '../models/catalogue.ts'
import type { ModelEntry } from '../models/data/model-entry.ts'
import { documentIn, modelIn } from '../models/given-models.ts'
import { withDefaults } from '../models/read-input.ts'
import type { World } from '../world/world.ts'
import { idsOf, listBody, pageOf } from './paging.ts'
import { type PlatformCall, sendPlatformError } from './platform-errors.ts'

const maxIds = 50

export interface ModelCalls {
  readonly listModels: PlatformCall
  readonly listPrices: PlatformCall
  readonly estimatePrice: PlatformCall
}

export function createModelCalls(world: World): ModelCalls {
  return {
    listModels(call, reply) {
      const { query } = addressOf(call)
      const ids = idsOf(query)
      const listed = allModels(world)
      const unknown = ids.find((id) => !listed.some((model) => model.id === id))
      if (unknown) return sendPlatformError(reply, 404, `Endpoint "${unknown}" not found`)
      const text = query.get('q')?.toLowerCase() ?? ''
      const category = query.get('category')
      const status = query.get('status')
      const wanted = listed.filter(
        (model) =>
          (ids.length === 0 || ids.includes(model.id)) &&
          (category === null || model.task === category) &&
          (status === null || statusOf(world, model) === status) &&
          `${model.id} ${model.title}`.toLowerCase().includes(text),
      )
      const withOpenapi = query.getAll('expand').includes('openapi-3.0')
      const page = pageOf(wanted, query, { otherwise: withOpenapi ? 20 : 50, max: withOpenapi ? 20 : 100 })
      if (!page) return badPaging(reply)
      const items = page.items.map((model) => modelItem(world, model, withOpenapi))
      return sendJson(reply, 200, listBody('models', { ...page, items }))
    },

    listPrices(call, reply) {
      const { query } = addressOf(call)
      const ids = idsOf(query)
      if (ids.length === 0 || ids.length > maxIds) {
        return sendPlatformError(reply, 400, `endpoint_id: give 1 to ${maxIds} ids`)
      }
      const found = ids.map((id) => modelIn(world, id))
      const priced = found.filter((model) => model !== undefined)
      if (priced.length < found.length) return sendPlatformError(reply, 404, 'Endpoint not found')
      const page = pageOf(priced, query, { otherwise: maxIds, max: maxIds })
      if (!page) return badPaging(reply)
      return sendJson(reply, 200, listBody('prices', { ...page, items: page.items.map(priceItem) }))
    },

    estimatePrice: (call, reply) => estimatePrice(world, call, reply),
  }
}

/** The categories as FAL's list names them. */
function allModels(world: World): ModelEntry[] {
  const given = [...world.models.values()].filter(({ unlisted }) => unlisted !== true)
  const ids = new Set([...models.map(({ id }) => id), ...given.map(({ endpointId }) => endpointId)])
  return [...ids].flatMap((id) => modelIn(world, id) ?? [])
}

const statusOf = (world: World, { id }: ModelEntry) => world.models.get(id)?.status ?? 'active'

/** Of a call whose price was historically what its defaults cost. Compute seconds. */
const usualSeconds = 3

const quantityNames: Readonly<Record<string, string>> = {
  historical_api_price: 'call_quantity',
  unit_price: 'unit_quantity',
}

function estimatePrice(world: World, call: FastifyRequest, reply: FastifyReply) {
  const body = jsonBodyOf(call)
  const type = isObject(body) ? String(body.estimate_type) : ''
  const quantityName = Object.hasOwn(quantityNames, type) ? quantityNames[type] : undefined
  if (!isObject(body) || !quantityName || !isObject(body.endpoints)) {
    return sendPlatformError(reply, 400, 'estimate_type and endpoints are required')
  }
  let total = 0
  for (const [id, entry] of Object.entries(body.endpoints)) {
    const model = modelIn(world, id)
    const quantity = isObject(entry) ? entry[quantityName] : undefined
    if (!model) return sendPlatformError(reply, 404, `Endpoint "${id}" not found`)
    if (typeof quantity !== 'number' || quantity < 1e-6) {
      return sendPlatformError(reply, 400, `endpoints.${id}.${quantityName} must be a positive number`)
    }
    const units = type === 'unit_price' ? 1 : billedUnits(model, withDefaults(model, {}), usualSeconds)
    total += quantity * units * model.price.amount
  }
  const cost = Math.round(total * 1e6) / 1e6
  return sendJson(reply, 200, { estimate_type: type, total_cost: cost, currency: 'USD' })
}

function modelItem(world: World, model: ModelEntry, withOpenapi: boolean): JsonObject {
  const given = world.models.get(model.id)
  const document = documentIn(world, model.id) ?? {
    error: { code: 'expansion_failed', message: 'No document' },
  }
  return {
    endpoint_id: model.id,
    metadata: {
      display_name: given?.title ?? model.title,
      category: given?.category ?? model.task,
      description: `Simulated: ${model.title}`,
      status: statusOf(world, model),
      tags: [],
      updated_at: given?.updatedAt ?? '2026-05-12T00:00:00Z',
      is_favorited: null,
      thumbnail_url: 'https://fal.media/files/simulated.png',
      model_url: `https://fal.run/${model.id}`,
      date: '2026-05-12T00:00:00Z',
      highlighted: false,
      pinned: false,
      kind: 'inference',
    },
    ...(withOpenapi && { openapi: document }),
  }
}

function priceItem(model: ModelEntry): JsonObject {
  const { amount, unit } = model.price
  return { endpoint_id: model.id, unit_price: amount, unit, currency: 'USD' }
}

function badPaging(reply: FastifyReply): FastifyReply {
  return sendPlatformError(reply, 400, 'limit or cursor is not valid')
}
