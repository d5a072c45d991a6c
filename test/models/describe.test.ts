/** What the API shows of a model can be trusted: the schema fits the service, the example goes through untouched. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { catalogue, findModel } from '../../src/models/catalogue.ts'
import { describeModel } from '../../src/models/describe.ts'
import { prepare } from '../../src/models/prepare.ts'
import { prepareRows } from './data/prepare-rows.ts'

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })

for (const entry of catalogue) {
  t.test(`${entry.alias}: its example and its schema agree with the service`, async (t) => {
    const { example, schema, limits, price, requiredAssets } = describeModel(entry)
    const prepared = prepare(example)
    t.same(
      prepared.warnings.filter((warning) => warning.field !== 'model'),
      [],
      'the example is sent as it is',
    )
    t.match(prepared.params, example.params)

    const validate = ajv.compile(schema)
    const accepts = (params: object, input: object = {}) => validate({ ...params, input })
    t.ok(accepts(example.params, example.input), JSON.stringify(validate.errors))
    for (const row of prepareRows.filter((candidate) => candidate.model === entry.alias)) {
      t.ok(accepts(row.params, row.input), JSON.stringify(validate.errors))
    }
    t.notOk(accepts({ ...example.params, surprise: 1 }, example.input), 'unknown parameters are refused')
    const needs = entry.parameters.some((parameter) => parameter.required === true)
    t.equal(accepts({}, {}), !needs, 'what is required is required')

    t.ok(price !== null && price.rule.length > 0)
    t.equal(
      price?.estimable === 'after',
      ['fast-sdxl', 'clarity-upscaler'].includes(entry.alias) || isMediaPriced(entry.alias),
    )
    for (const name of Object.keys(example.params)) {
      t.ok(name in limits || (name === 'inputImageUrl' && 'inputImageUrls' in limits), `${name} has limits`)
    }
    t.ok(requiredAssets.every((name) => name in example.params))
    t.doesNotThrow(() => JSON.stringify(describeModel(entry)))
  })
}

t.test('limits are given in the names and units of the service', async (t) => {
  const limitsOf = (alias: string) => {
    const entry = findModel(alias)
    return entry === undefined ? {} : describeModel(entry).limits
  }
  t.match(limitsOf('veo3-1').durationSeconds, { allowed: [4, 6, 8], default: 8, field: 'duration' })
  t.match(limitsOf('wan-v2-2').durationSeconds, { min: 1, max: 10, default: 5, field: 'num_frames' })
  t.match(limitsOf('hunyuan-video').durationSeconds, { allowed: [3.54, 5.38], default: 5.38 })
  t.match(limitsOf('flux-dev').aspectRatio, {
    allowed: ['1:1', '4:3', '3:4', '16:9', '9:16'],
    anyRatio: true,
    default: '4:3',
  })
  t.match(limitsOf('ltx-video').guidanceScale, { above: 1, max: 10, default: 3 })
  t.match(limitsOf('recraft-v3').prompt, { required: true, maxLength: 1000 })
})

function isMediaPriced(alias: string): boolean {
  return [
    'topaz-video-upscale',
    'seedvr2-upscale',
    'sync-lipsync-v2',
    'latentsync',
    'kling-lipsync',
  ].includes(alias)
}
