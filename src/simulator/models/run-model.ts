/** Runs a simulated model: checks the input, makes the media, puts the files on the CDN and answers in FAL's output shape. */

import type { Json, JsonObject } from '../base/json.ts'
import { seedOf } from '../base/random.ts'
import { modelErrorAnswer } from '../errors/model-errors.ts'
import { requestErrorAnswer } from '../errors/request-errors.ts'
import type { Bill } from '../world/ledger.ts'
import type { ModelAnswer, QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { billHeaders, billOf } from './billing.ts'
import { genericModel } from './catalogue.ts'
import { checkInput } from './check-input.ts'
import type { ModelEntry } from './data/model-entry.ts'
import { type Missing, missingOf, nearWords } from './existence.ts'
import { checkByDocument, modelIn } from './given-models.ts'
import { storeOutputFile } from './output-file.ts'
import { outputCount, promptOf, seedFor, withDefaults } from './read-input.ts'
import { textOutput } from './text-output.ts'

/** A real seed of FAL, above 2^53. */
const bigSeed = 17454220438242315174n

export function runModel(world: World, request: QueueRequest): ModelAnswer {
  const missing = missingOf(world, request.endpointId)
  if (missing) return pathNotFound(request, missing)
  const refusal = refusalOf(request)
  if (refusal) return refusal
  const listed = modelIn(world, request.endpointId)
  const problems =
    checkByDocument(world, request.endpointId, request.input) ??
    (listed ? checkInput(listed, request.input) : [])
  if (problems.length > 0) return { ...modelErrorAnswer(422, problems), bill: unbilled(world, request) }
  const model = listed ?? genericModel(request.endpointId)
  const bill = billOf(world, request, model)
  const body = model ? outputOf(world, request, model) : textOf(request)
  const token = { 'x-fal-cdn-token': world.fileAccess.resultToken(request.id) }
  return {
    statusCode: 200,
    headers: { ...billHeaders(request, bill), ...token },
    body: withBulk(request, body),
    bill,
  }
}

/** FAL's ledger has a row for a refused input too. */
function unbilled(world: World, { endpointId }: QueueRequest): Bill {
  return { endpointId, units: 0, unitPriceUsd: modelIn(world, endpointId)?.price.amount ?? 0 }
}

/** As an app answers for a path it does not have. */
function pathNotFound({ endpointId, app }: QueueRequest, { near }: Missing): ModelAnswer {
  const detail = `Path ${endpointId.slice(app.length) || '/'} not found${nearWords(near)}`
  return { statusCode: 404, headers: { 'x-fal-billable-units': '0' }, body: { detail } }
}

function refusalOf(request: QueueRequest): ModelAnswer | undefined {
  const { faults, input } = request
  if (faults.strike('model-error')) {
    const error = { loc: ['body'], msg: 'Internal server error', type: 'internal_server_error' }
    return modelErrorAnswer(500, [error], true)
  }
  if (faults.strike('content-policy')) {
    const msg = 'The content could not be processed because it was flagged by a content checker.'
    return modelErrorAnswer(422, [{ loc: ['body', 'prompt'], msg, type: 'content_policy_violation', input }])
  }
  if (faults.strike('file-download-error')) {
    const msg = 'Failed to download the file.'
    return modelErrorAnswer(422, [{ loc: ['body', 'image_url'], msg, type: 'file_download_error', input }])
  }
  return faults.strike('platform-error') ? requestErrorAnswer(faults.text('platform-error')) : undefined
}

function outputOf(world: World, request: QueueRequest, model: ModelEntry): JsonObject {
  const input = withDefaults(model, request.input)
  const seed = request.faults.strike('big-seed') ? bigSeed : seedFor(input, request.inputText)
  const isBlack = model.kind === 'image' && request.faults.strike('nsfw')
  const count = model.output.list ? outputCount(input) : 1
  const asData = input.sync_mode === true || request.faults.strike('data-uri')
  const order = {
    kind: model.kind,
    input,
    seed: seedOf(`${seed} ${promptOf(input)}`),
    note: '',
    black: isBlack,
  }
  const files = request.faults.strike('no-media')
    ? []
    : Array.from({ length: count }, (_, index) =>
        storeOutputFile(world, request, { order, index, asData, fields: model.output.fileFields }),
      )
  const posters = (model.output.alsoImages ?? []).map((name, i) => {
    const fields = ['content_type', 'file_name', 'file_size', 'height', 'url', 'width']
    const poster = { ...order, kind: 'image' as const, input: {} }
    return [
      name,
      storeOutputFile(world, request, { order: poster, index: count + i, asData, fields }),
    ] as const
  })
  const main = model.output.list ? files : (files[0] ?? null)
  const also = alsoFields(model, request, input, { seed, count, isBlack })
  const [first] = files
  const again = first && request.faults.strike('file-twice') ? { preview: { url: first.url ?? null } } : {}
  return { [model.output.field]: main, ...again, ...Object.fromEntries(posters), ...also }
}

function alsoFields(
  model: ModelEntry,
  request: QueueRequest,
  input: JsonObject,
  facts: { seed: number | bigint; count: number; isBlack: boolean },
): JsonObject {
  const known: Readonly<Record<string, Json>> = {
    seed: facts.seed,
    prompt: promptOf(input),
    actual_prompt: promptOf(input),
    description: `A picture of: ${promptOf(input)}`,
    timings: { inference: Math.round(request.durationSeconds * 1000) / 1000 },
    has_nsfw_concepts: Array.from({ length: facts.count }, () => facts.isBlack),
    video_id: `video_${request.id.replaceAll('-', '')}`,
    duration_ms: 5000,
    timestamps: [],
  }
  return Object.fromEntries(
    model.output.alsoFields.flatMap((name) => {
      const value = known[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function textOf({ endpointId, input }: QueueRequest): JsonObject {
  return textOutput(endpointId, promptOf(input)) ?? {}
}

function withBulk(request: QueueRequest, body: JsonObject): JsonObject {
  if (!request.faults.strike('oversize-result')) return body
  return { ...body, debug: 'x'.repeat(request.faults.number('oversize-result')) }
}
