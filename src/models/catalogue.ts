/** The catalogue: every known model, and the way to find one by alias, synonym or FAL endpoint id. */
import { audioModels } from './catalogue/data/audio.ts'
import { fluxModels } from './catalogue/data/flux.ts'
import { hailuoModels } from './catalogue/data/hailuo.ts'
import { imageModels } from './catalogue/data/image.ts'
import { imageToolsModels } from './catalogue/data/image-tools.ts'
import { klingModels } from './catalogue/data/kling.ts'
import { lumaModels } from './catalogue/data/luma.ts'
import { openVideoModels } from './catalogue/data/open-video.ts'
import { pikaModels } from './catalogue/data/pika.ts'
import { pixverseModels } from './catalogue/data/pixverse.ts'
import { seedanceModels } from './catalogue/data/seedance.ts'
import { soraModels } from './catalogue/data/sora.ts'
import { veoModels } from './catalogue/data/veo.ts'
import { videoToolsModels } from './catalogue/data/video-tools.ts'
import { wanModels } from './catalogue/data/wan.ts'
import type { ModelEntry } from './catalogue/entry.ts'

export type { ModelEntry } from './catalogue/entry.ts'

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
