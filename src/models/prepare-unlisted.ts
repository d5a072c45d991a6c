/**
 * A request for a FAL endpoint outside the catalogue: `input` goes through as it is, and the parameters that FAL names
 * alike everywhere go under that name. What differs from model to model (duration, frame rate) is refused, not guessed.
 */

import type { MediaKind, ParamName } from './catalogue/entry.ts'
import { invalidParams, type Prepared } from './prepared.ts'
import { type PriceOptions, priceUnlisted } from './price.ts'
import type { ResolvedModel } from './resolve.ts'
import { sameJson } from './same-json.ts'
import { assetProblem } from './values/asset-url.ts'
import { checkFreeTexts } from './values/check-text.ts'
import { checkReserved } from './values/check-value.ts'
import {
  checkExact,
  createFindings,
  type Findings,
  inputPlace,
  type Place,
  paramPlace,
  refuse,
  warn,
} from './values/findings.ts'
import { hasParamType, isParamName, type Params, paramTypeName } from './values/params.ts'

const usualFields: Partial<Readonly<Record<ParamName, string>>> = {
  prompt: 'prompt',
  negativePrompt: 'negative_prompt',
  aspectRatio: 'aspect_ratio',
  resolution: 'resolution',
  guidanceScale: 'guidance_scale',
  steps: 'num_inference_steps',
  seed: 'seed',
  numOutputs: 'num_images',
  enableAudio: 'generate_audio',
  inputImageUrl: 'image_url',
  inputImageUrls: 'image_urls',
  inputVideoUrl: 'video_url',
  inputAudioUrl: 'audio_url',
}

const assets: Partial<Readonly<Record<ParamName, MediaKind>>> = {
  inputImageUrl: 'image',
  inputImageUrls: 'image',
  inputVideoUrl: 'video',
  inputAudioUrl: 'audio',
}

export function prepareUnlisted(
  model: ResolvedModel,
  params: Params,
  input: Record<string, unknown>,
  options: PriceOptions = {},
): Prepared {
  const findings = createFindings()
  const sent: Record<string, unknown> = { ...alwaysOf(model), ...input }
  for (const [field, value] of Object.entries(input)) {
    const at = inputPlace(field)
    const reserved = checkReserved(field, value, at, findings)
    if (reserved === undefined) {
      if (checkExact(value, at, findings)) checkFreeTexts(value, at, findings)
    } else if (reserved !== null) sent[field] = reserved.value
  }
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const at = paramPlace(name)
    if (!isParamName(name)) {
      refuse(findings, at, 'unknown_field', 'There is no such parameter.')
      continue
    }
    takeUsual(name, value, sent, at, findings)
    checkFreeTexts(assets[name] === undefined ? value : null, at, findings)
  }
  if (findings.errors.length > 0) throw invalidParams(findings)
  if (given.length > 0) {
    const reason = "not in the catalogue: limits are unknown, and parameters go under FAL's usual field names"
    warn(findings, paramPlace('model'), model.endpointId, model.endpointId, reason)
  }
  return {
    model,
    params: { ...params },
    input: sent,
    warnings: findings.warnings,
    price: priceUnlisted(model.curated, sent, options),
  }
}

/** What the service insists on, as far as the catalogue says so without the model's fields. */
function alwaysOf({ curated }: ResolvedModel): Readonly<Record<string, unknown>> {
  return curated !== null && 'always' in curated ? (curated.always ?? {}) : {}
}

function takeUsual(
  name: ParamName,
  value: unknown,
  sent: Record<string, unknown>,
  at: Place,
  findings: Findings,
): void {
  const field = usualFields[name]
  if (field === undefined) {
    refuse(
      findings,
      at,
      'unsupported',
      'How this endpoint takes it is not known: put its own field into `input`.',
    )
  } else if (!hasParamType(name, value) || (typeof value === 'number' && !Number.isFinite(value))) {
    refuse(findings, at, 'wrong_type', `Must be a ${paramTypeName(name)}.`)
  } else if (Object.hasOwn(sent, field) && !sameJson(sent[field], value)) {
    refuse(findings, at, 'contradiction', `Contradicts \`input.${field}\`.`)
  } else if (checkAssets(name, value, at, findings)) {
    sent[field] = value
  }
}

function checkAssets(name: ParamName, value: unknown, at: Place, findings: Findings): boolean {
  const media = assets[name]
  if (media === undefined) return true
  const addresses = Array.isArray(value) ? value : [value]
  const problems = addresses
    .map((address) => assetProblem(String(address), media))
    .filter((found) => found !== null)
  for (const problem of problems) refuse(findings, at, problem.code, problem.message)
  return problems.length === 0
}
