/** The catalogue: every known model, and the way to find one by alias, synonym or FAL endpoint id. */

import { audioModels } from './catalogue/data/audio.ts'
import { briefAudio } from './catalogue/data/brief-audio.ts'
import { briefImages } from './catalogue/data/brief-images.ts'
import { briefVideos } from './catalogue/data/brief-videos.ts'
import { fluxModels } from './catalogue/data/flux.ts'
import { hailuoModels } from './catalogue/data/hailuo.ts'
import { imageModels } from './catalogue/data/image.ts'
import { imageToolsModels } from './catalogue/data/image-tools.ts'
import { klingModels } from './catalogue/data/kling.ts'
import { lumaModels } from './catalogue/data/luma.ts'
import { openVideoModels } from './catalogue/data/open-video.ts'
import { pikaModels } from './catalogue/data/pika.ts'
import { pixverseModels } from './catalogue/data/pixverse.ts'
import { successors } from './catalogue/data/retired.ts'
import { seedanceModels } from './catalogue/data/seedance.ts'
import { soraModels } from './catalogue/data/sora.ts'
import { veoModels } from './catalogue/data/veo.ts'
import { videoToolsModels } from './catalogue/data/video-tools.ts'
import { wanModels } from './catalogue/data/wan.ts'
import type { BriefEntry, ModelEntry } from './catalogue/entry.ts'

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
].map(withSuccessor)

function withSuccessor(entry: ModelEntry): ModelEntry {
  const successor = successors[entry.endpointId]
  return successor === undefined ? entry : { ...entry, availability: 'retired', successor }
}

/** Curated entries whose parameters are left to FAL's document. */
export const briefEntries: readonly BriefEntry[] = [...briefImages, ...briefVideos, ...briefAudio]

/** Epoch ms of the newest source of the catalogue. */
export const catalogueAsOf = Math.max(...[...catalogue, ...briefEntries].map(({ asOf }) => Date.parse(asOf)))

export type Curated = ModelEntry | BriefEntry

const byName = indexed(catalogue)
const anyByName = indexed<Curated>([...catalogue, ...briefEntries])

/** The whole entry whose alias, synonym or FAL endpoint id is `name`; aliases and synonyms in any case. */
export const findModel = (name: string): ModelEntry | undefined => find(byName, name)

/** The same, among entries whose parameters are left to FAL's document too. */
export const findCurated = (name: string): Curated | undefined => find(anyByName, name)

function indexed<E extends Curated>(entries: readonly E[]): ReadonlyMap<string, E> {
  return new Map(
    entries.flatMap((entry) =>
      [entry.alias, ...entry.synonyms, entry.endpointId].map((name): [string, E] => [name, entry]),
    ),
  )
}

function find<E>(entries: ReadonlyMap<string, E>, name: string): E | undefined {
  return entries.get(name) ?? (name.includes('/') ? undefined : entries.get(name.toLowerCase()))
}
