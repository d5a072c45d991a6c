/** Finds a simulated model by endpoint id; an unlisted id gets a generic model guessed from its name. */

import { audioModels } from './data/audio.ts'
import { imageModels } from './data/image.ts'
import { imageToVideoModels } from './data/image-to-video.ts'
import type { ModelEntry, ModelOutput, Price } from './data/model-entry.ts'
import { otherVideoModels } from './data/other-video.ts'
import { textToVideoModels } from './data/text-to-video.ts'
import { isTextModel } from './text-output.ts'

export const models: readonly ModelEntry[] = [
  ...imageModels,
  ...textToVideoModels,
  ...imageToVideoModels,
  ...otherVideoModels,
  ...audioModels,
]

const byId = new Map(models.map((model) => [model.id, model]))

export function findModel(endpointId: string): ModelEntry | undefined {
  return byId.get(endpointId)
}

export const genericPrice: Price = { unit: 'generations', amount: 0.01, counts: 'runs' }
const fileFields = ['content_type', 'file_name', 'file_size', 'url']
const imageOutput: ModelOutput = {
  field: 'images',
  list: true,
  fileFields: [...fileFields, 'height', 'width'],
  alsoFields: ['seed', 'prompt', 'timings', 'has_nsfw_concepts'],
}

/** What an unlisted endpoint answers; its input is not checked. Null: a model of text, without media by nature. */
export function genericModel(endpointId: string): ModelEntry | null {
  const about = { id: endpointId, title: endpointId, input: [], price: genericPrice }
  if (isTextModel(endpointId)) return null
  if (/video|veo|sora|kling/.test(endpointId)) {
    const output = { field: 'video', list: false, fileFields, alsoFields: ['seed'] }
    return { ...about, kind: 'video', task: 'text-to-video', output }
  }
  if (/audio|speech|tts|music|sound/.test(endpointId)) {
    return {
      ...about,
      kind: 'audio',
      task: 'text-to-audio',
      output: { field: 'audio', list: false, fileFields, alsoFields: [] },
    }
  }
  return { ...about, kind: 'image', task: 'text-to-image', output: imageOutput }
}
