/** The catalogue's data is sound: shape, names, limits, prices and the promises made of certain models. */
import { readFileSync } from 'node:fs'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import type { PriceCondition } from '../../src/domain/money/price-rule.ts'
import type { ModelEntry, Parameter } from '../../src/models/catalogue/entry.ts'
import { briefEntries, catalogue, findModel } from '../../src/models/catalogue.ts'
import { checkParameter } from '../../src/models/values/check-value.ts'
import { createFindings, inputPlace } from '../../src/models/values/findings.ts'
import { entrySchema } from './entry-schema.ts'

t.test('64 models: 19 image, 39 video, 6 audio', async (t) => {
  const count = (kind: string) => catalogue.filter((entry) => entry.kind === kind).length
  t.same([count('image'), count('video'), count('audio')], [19, 39, 6])
})

t.test('no name means two models', async (t) => {
  const names = catalogue.flatMap((entry) => [entry.alias, ...entry.synonyms, entry.endpointId])
  t.equal(new Set(names).size, names.length)
  for (const entry of catalogue) {
    for (const name of [entry.alias, ...entry.synonyms, entry.endpointId])
      t.equal(findModel(name), entry, name)
  }
  t.equal(findModel('FLUX-Dev')?.alias, 'flux-dev', 'aliases in any case')
  t.equal(findModel('fal-ai/flux'), undefined, 'the app of an endpoint is not the endpoint')
})

t.test('veo3-fast and cogvideox-5b are the image-to-video endpoints and demand an image', async (t) => {
  const expected = {
    'veo3-fast': 'fal-ai/veo3/fast/image-to-video',
    'cogvideox-5b': 'fal-ai/cogvideox-5b/image-to-video',
  }
  for (const [alias, endpointId] of Object.entries(expected)) {
    const entry = findModel(alias)
    t.equal(entry?.endpointId, endpointId)
    t.ok(
      entry?.parameters.some(
        (parameter) => parameter.param === 'inputImageUrl' && parameter.required === true,
      ),
    )
  }
})

t.test('docs/models.md names every alias, synonym and endpoint', async (t) => {
  const text = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8')
  for (const entry of [...catalogue, ...briefEntries]) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${entry.alias}\``)) ?? ''
    t.ok(
      [entry.endpointId, ...entry.synonyms].every((name) => row.includes(`\`${name}\``)),
      entry.alias,
    )
  }
})

for (const entry of catalogue) {
  t.test(`${entry.alias}: its entry is sound`, async (t) => {
    t.same(
      [...Value.Errors(entrySchema, entry)].map((error) => `${error.path} ${error.message}`),
      [],
      'shape',
    )

    const fields = entry.parameters.map((parameter) => parameter.field)
    t.equal(new Set(fields).size, fields.length, 'a field stands once')
    const params = entry.parameters.flatMap((parameter) => parameter.param ?? [])
    t.equal(new Set(params).size, params.length, 'a normalized name stands once')

    for (const parameter of entry.parameters) {
      for (const value of [parameter.default, parameter.always]) {
        if (value !== undefined)
          t.same(findingsOf(parameter, value), [], `${parameter.field} takes its own default`)
      }
      t.ok(
        (rangeOf(parameter)[0] ?? 0) <= (rangeOf(parameter)[1] ?? 0),
        `${parameter.field}: min is not above max`,
      )
    }
    for (const condition of conditionsOf(entry)) {
      for (const [field, wanted] of Object.entries(condition)) {
        t.ok(canBe(entry, field, wanted), `the price can meet ${field} ${JSON.stringify(wanted)}`)
      }
    }
    const { quantity } = entry.price
    if ('field' in quantity) t.ok(fields.includes(quantity.field), 'the price counts a field of the model')
    if (quantity.by === 'imageMegapixels') t.ok(fields.includes(quantity.sizeField))
    if (quantity.by === 'images') t.equal(entry.output.urlPath.startsWith('image'), true)
    t.ok(entry.price.rates.length > 0 || entry.price.heightTiers !== undefined, 'there is a rate')
    t.ok(pricesEveryChoice(entry), 'every listed resolution has a rate')
  })
}

function findingsOf(parameter: Parameter, value: unknown): unknown[] {
  const findings = createFindings()
  checkParameter(parameter, value, inputPlace(parameter.field), findings)
  return [...findings.errors, ...findings.warnings]
}

function rangeOf(parameter: Parameter): [number?, number?] {
  if (parameter.type === 'string') return [parameter.minLength ?? 0, parameter.maxLength ?? Infinity]
  if (parameter.type !== 'integer' && parameter.type !== 'number') return [0, 0]
  return [parameter.min ?? parameter.above ?? -Infinity, parameter.max ?? Infinity]
}

function conditionsOf(entry: ModelEntry): PriceCondition[] {
  const { rates, factors = [] } = entry.price
  return [...rates, ...factors].map(({ when }) => when ?? {})
}

function canBe(entry: ModelEntry, field: string, wanted: PriceCondition[string]): boolean {
  const parameter = entry.parameters.find((candidate) => candidate.field === field)
  if (parameter === undefined) return false
  if (typeof wanted !== 'object') return findingsOf(parameter, wanted).length === 0
  return (
    parameter.type === 'string' &&
    (parameter.allowed ?? []).some((value) => value.startsWith(wanted.startsWith))
  )
}

function pricesEveryChoice(entry: ModelEntry): boolean {
  const { rates } = entry.price
  const byResolution = rates.flatMap(({ when }) => (when === undefined ? [] : (when.resolution ?? [])))
  if (byResolution.length === 0 || rates.some(({ when }) => when === undefined || !('resolution' in when)))
    return true
  const resolution = entry.parameters.find((parameter) => parameter.field === 'resolution')
  return (
    resolution?.type === 'string' && (resolution.allowed ?? []).every((value) => byResolution.includes(value))
  )
}
