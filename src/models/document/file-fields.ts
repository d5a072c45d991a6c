/** Which texts of an input are addresses of files, and of what kind: by FAL's own hint for its playground, else by name. */
import type { Json, MediaKind } from '../catalogue/entry.ts'
import { isSchema, type Schema } from './model-facts.ts'

/** Null: not surely a file, so that any text passes. */
export function fileKind(field: string, schema: Json | undefined): MediaKind | null {
  const hint = isSchema(schema) ? hintOf(schema) : undefined
  if (hint === 'image' || hint === 'video' || hint === 'audio') return hint
  const words = field.toLowerCase().split('_')
  const isAddress = /^ur[il]s?$/.test(words.at(-1) ?? '')
  if (!isAddress && !/^((input|source|reference|start|first|end|last)_)?(image|video|audio)s?$/.test(field))
    return null
  return words.map(kindOfWord).findLast((kind) => kind !== null) ?? null
}

function kindOfWord(word: string): MediaKind | null {
  if (/^(images?|img|photos?|pictures?|masks?|frames?|keyframes?|faces?|portraits?)$/.test(word))
    return 'image'
  if (/^videos?$/.test(word)) return 'video'
  return /^(audios?|speech|voice|song|music)$/.test(word) ? 'audio' : null
}

function hintOf(schema: Schema): Json | undefined {
  const own = schema._fal_ui_field ?? (isSchema(schema.ui) ? schema.ui.field : undefined)
  if (own !== undefined || !Array.isArray(schema.anyOf)) return own
  return schema.anyOf
    .map((branch) => (isSchema(branch) ? hintOf(branch) : undefined))
    .find((hint) => hint !== undefined)
}
