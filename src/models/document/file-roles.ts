/** Which input files of a model answer to `inputImageUrl`, `inputImageUrls`, `inputVideoUrl` and `inputAudioUrl`. */
import type { MediaKind, Parameter } from '../catalogue/entry.ts'
import type { Bound } from './roles.ts'

/** By field. */
export function fileRoles(parameters: readonly Parameter[]): ReadonlyMap<string, Bound> {
  const bound = new Map<string, Bound>()
  const image = chosen(parameters, 'image', isSingle)
  const images = chosen(parameters, 'image', isList)
  // Where only the list is required, one image is the first of the list.
  if (image !== undefined && !(images?.required === true && image.required !== true)) {
    bound.set(image.field, { param: 'inputImageUrl' })
  }
  if (images !== undefined) bound.set(images.field, { param: 'inputImageUrls' })
  const video = chosen(parameters, 'video', isSingle) ?? chosen(parameters, 'video', isList)
  if (video !== undefined) bound.set(video.field, { param: 'inputVideoUrl' })
  const audio = chosen(parameters, 'audio', isSingle) ?? chosen(parameters, 'audio', isList)
  if (audio !== undefined) bound.set(audio.field, { param: 'inputAudioUrl' })
  return bound
}

/** The one that is required; else the most usual name; else the only one that is no mere accessory. */
function chosen(
  parameters: readonly Parameter[],
  kind: MediaKind,
  shape: (parameter: Parameter, kind: MediaKind) => boolean,
): Parameter | undefined {
  const candidates = parameters.filter((parameter) => shape(parameter, kind))
  const required = candidates.filter((parameter) => parameter.required === true)
  const pool = required.length > 0 ? required : candidates
  const [only] = pool
  if (pool.length === 1 && required.length === 1) return only
  const usual = usualNames(kind).find((name) => pool.some(({ field }) => field === name))
  if (usual !== undefined) return pool.find(({ field }) => field === usual)
  const main = pool.filter(({ field }) => !isAccessory(field))
  return main.length === 1 ? main[0] : undefined
}

const isSingle = (parameter: Parameter, kind: MediaKind) =>
  parameter.type === 'string' && parameter.media === kind
const isList = (parameter: Parameter, kind: MediaKind) =>
  parameter.type === 'array' && parameter.items.type === 'string' && parameter.items.media === kind

/** `image_url`, `image_urls`, `start_image_url`, `first_frame_url`, `reference_video_urls`… */
function usualNames(kind: MediaKind): string[] {
  const firsts = kind === 'image' ? ['first_frame_url', 'start_frame_url', 'first_frame_image'] : []
  const prefixes = ['', 'start_', 'first_', 'input_', 'source_', 'main_', 'base_', 'reference_', 'ref_']
  const endings = [`${kind}_url`, `${kind}_urls`, kind, `${kind}s`]
  return [...prefixes.flatMap((prefix) => endings.map((ending) => `${prefix}${ending}`)), ...firsts]
}

/** An end frame, a mask or a style is not the image that a model starts from. */
function isAccessory(field: string): boolean {
  return /(^|_)(end|last|tail|mask|control|style|pose|depth|face|background|logo|garment)(_|$)/.test(field)
}
