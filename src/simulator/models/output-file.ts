/** Puts one output file on the CDN (or into a data: URI) and describes it with the fields its model gives. */

import type { Json, JsonObject } from '../base/json.ts'
import { seedOf } from '../base/random.ts'
import { lifecycleOf } from '../world/file-lifecycle.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { type MadeMedia, type MediaOrder, makeMedia } from './make-media.ts'

export interface OutputFileOrder {
  readonly order: MediaOrder
  readonly index: number
  readonly asData: boolean
  /** Names of the fields to give. */
  readonly fields: readonly string[]
}

const signedSeconds = 7 * 86_400
const words = ['koala', 'panda', 'tiger', 'zebra', 'rabbit', 'monkey', 'penguin', 'lion']

export function storeOutputFile(world: World, request: QueueRequest, file: OutputFileOrder): JsonObject {
  const { order, index, asData, fields } = file
  const note = JSON.stringify({ endpoint: request.endpointId, request_id: request.id, index })
  const media = makeMedia({ ...order, seed: order.seed + index * 7919, note })
  const name = `${world.random.word(21)}_${order.kind === 'image' ? index : 'output'}.${media.extension}`
  const url = asData
    ? `data:${media.contentType};base64,${media.bytes.toString('base64')}`
    : publish(world, request, name, media)
  const known: Readonly<Record<string, Json>> = {
    ...media.facts,
    url,
    content_type: media.contentType,
    file_name: name,
    file_size: media.bytes.length,
  }
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = known[field]
      return value === undefined ? [] : [[field, value]]
    }),
  )
}

/** Puts the file on the CDN. Answers its URL. */
function publish(world: World, request: QueueRequest, name: string, media: MadeMedia): string {
  const { faults } = request
  const path = `/files/${words[seedOf(request.id) % words.length]}/${name}`
  const { storageExpirySeconds, storageAccess } = world.settings
  const { expirySeconds, access } = lifecycleOf(request.options.lifecycle, {
    expirySeconds: storageExpirySeconds,
    access: storageAccess,
  })
  const isSigned = faults.strike('cdn-signed')
  world.files.put({
    path,
    bytes: media.bytes,
    contentType: media.contentType,
    faults,
    requestId: request.id,
    expiresAt: expirySeconds > 0 ? world.clock.now() + expirySeconds * 1000 : undefined,
    access: isSigned ? 'forbid' : access,
  })
  request.files.push(path)
  if (faults.strike('cdn-elsewhere')) return faults.text('cdn-elsewhere') + path
  const query = isSigned ? `?identity=${world.fileAccess.sign(path, signedSeconds)}` : ''
  return request.cdnBase + path + query
}
