/**
 * Which field of a model answers to which of the service's names. FAL has no rule for it: the names below are those its
 * models use, most usual first, and a field must have the type that the name stands for.
 */
import type { Encoding, Parameter, ParamName, ValueRule } from '../catalogue/entry.ts'

interface Role {
  readonly param: ParamName
  readonly fields: readonly string[]
  readonly fits: (rule: ValueRule) => boolean
}

const isPlainText = (rule: ValueRule) => rule.type === 'string' && rule.media === undefined
const isNumber = ({ type }: ValueRule) => type === 'number' || type === 'integer'
const isInteger = ({ type }: ValueRule) => type === 'integer'

/** Files have roles of their own: see file-roles.ts. */
const roles: readonly Role[] = [
  { param: 'prompt', fields: ['prompt', 'text', 'text_prompt', 'input_text', 'gen_text'], fits: isPlainText },
  { param: 'negativePrompt', fields: ['negative_prompt'], fits: isPlainText },
  {
    param: 'aspectRatio',
    fields: ['aspect_ratio', 'image_size', 'video_size', 'ratio', 'image_aspect_ratio', 'size'],
    fits: (rule) => rule.type === 'size' || isPlainText(rule),
  },
  {
    param: 'resolution',
    fields: ['resolution', 'video_resolution', 'output_resolution', 'image_resolution'],
    fits: isPlainText,
  },
  { param: 'fps', fields: ['fps', 'frames_per_second', 'frame_rate', 'video_fps'], fits: isNumber },
  {
    param: 'guidanceScale',
    fields: ['guidance_scale', 'cfg_scale', 'guidance', 'cfg', 'cfg_strength', 'text_guidance_scale'],
    fits: isNumber,
  },
  {
    param: 'steps',
    fields: ['num_inference_steps', 'steps', 'num_steps', 'inference_steps', 'sampling_steps'],
    fits: isInteger,
  },
  { param: 'seed', fields: ['seed', 'random_seed', 'noise_seed'], fits: isInteger },
  {
    param: 'numOutputs',
    fields: [
      'num_images',
      'num_videos',
      'num_outputs',
      'num_samples',
      'number_of_images',
      'number_of_videos',
      'num_generations',
      'num_variations',
      'batch_size',
      'n',
    ],
    fits: isInteger,
  },
  {
    param: 'enableAudio',
    fields: [
      'generate_audio',
      'generate_audio_switch',
      'enable_audio',
      'with_audio',
      'audio',
      'enable_sound',
      'sound',
    ],
    fits: ({ type }) => type === 'boolean',
  },
]

/** What `bindRoles` adds to a field. */
export type Bound = Pick<Parameter, 'param' | 'encoding'>

/** By field. */
export function plainRoles(parameters: readonly Parameter[]): ReadonlyMap<string, Bound> {
  const byField = new Map(parameters.map((parameter) => [parameter.field, parameter]))
  const bound = new Map<string, Bound>()
  for (const { param, fields, fits } of roles) {
    const found = fields.map((field) => byField.get(field)).find((rule) => rule !== undefined && fits(rule))
    if (found === undefined) continue
    const encoding = param === 'aspectRatio' ? ratioEncoding(found) : undefined
    bound.set(found.field, encoding === undefined ? { param } : { param, encoding })
  }
  return bound
}

function ratioEncoding(rule: ValueRule): Encoding | undefined {
  if (rule.type === 'size') return 'size'
  if (rule.type !== 'string') return undefined
  const sizes = (rule.allowed ?? []).filter((text) => text !== 'auto')
  return sizes.length > 0 && sizes.every((text) => /^\d{2,5}x\d{2,5}$/.test(text)) ? 'pixels' : undefined
}
