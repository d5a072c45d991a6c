/** The catalogue: every known model, and the way to find one by alias, synonym or FAL endpoint id. */
import { audioModels } from './data/audio.ts'
import { fluxModels } from './data/flux.ts'
import { hailuoModels } from './data/hailuo.ts'
import { imageModels } from './data/image.ts'
import { imageToolsModels } from './data/image-tools.ts'
import { klingModels } from './data/kling.ts'
import { lumaModels } from './data/luma.ts'
import { openVideoModels } from './data/open-video.ts'
import { pikaModels } from './data/pika.ts'
import { pixverseModels } from './data/pixverse.ts'
import { seedanceModels } from './data/seedance.ts'
import { soraModels } from './data/sora.ts'
import { veoModels } from './data/veo.ts'
import { videoToolsModels } from './data/video-tools.ts'
import { wanModels } from './data/wan.ts'
import type { ModelEntry } from './entry.ts'

export type { ModelEntry } from './entry.ts'

export const catalogue: readonly ModelEntry[] = [
  ...fluxModels,
  ...imageModels,
  ...imageToolsModels,
  ...veoModels,
  ...klingModels,
  ...wanModels,
  ...lumaModels,
  ...hailuoModels,
  ...pixverseModels,
  ...openVideoModels,
  ...seedanceModels,
  ...soraModels,
  ...pikaModels,
  ...videoToolsModels,
  ...audioModels,
]

const byName: ReadonlyMap<string, ModelEntry> = new Map(
  catalogue.flatMap((entry) =>
    [entry.alias, ...entry.synonyms, entry.endpointId].map((name): [string, ModelEntry] => [name, entry]),
  ),
)

/** The entry whose alias, synonym or FAL endpoint id is `name`; aliases and synonyms in any case. */
export function findModel(name: string): ModelEntry | undefined {
  return byName.get(name) ?? (name.includes('/') ? undefined : byName.get(name.toLowerCase()))
}
