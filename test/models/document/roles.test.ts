/** The service's names reach the right field of any model, in the form that the field takes. */
import t from 'tap'
import { AppError } from '../../../src/domain/errors.ts'
import { describeModel } from '../../../src/models/describe.ts'
import { modelOfFacts } from '../../../src/models/document/model-of-facts.ts'
import { readDocument } from '../../../src/models/document/read-document.ts'
import { type Params, prepareFor } from '../../../src/models/prepare.ts'
import { openapiOf } from './own-documents.ts'

const endpointId = 'studio/any'
const text = { type: 'string' }
const urls = { type: 'array', items: text }
const png = 'https://files.example.com/a.png'
const mp4 = 'https://files.example.com/a.mp4'
const mp3 = 'https://files.example.com/a.mp3'

function modelOf(properties: object, required: string[] = []) {
  const read = readDocument(
    openapiOf({ endpointId, input: { type: 'object', properties, required } }),
    endpointId,
  )
  if ('unusable' in read) throw new Error(read.unusable)
  return modelOfFacts(read.facts, '2026-12-01')
}

function prepared(properties: object, params: Params, required: string[] = []) {
  const entry = modelOf(properties, required)
  return prepareFor({ alias: null, endpointId, kind: entry.kind, entry, curated: null }, { params })
}
const inputOf = (properties: object, params: Params, required: string[] = []) =>
  prepared(properties, params, required).input
function refusal(properties: object, params: Params, required: string[] = []) {
  try {
    prepared(properties, params, required)
  } catch (error) {
    if (error instanceof AppError) return error.errors
    throw error
  }
  return []
}

t.test('seconds become what the field counts in', async (t) => {
  const rows: [properties: Record<string, object>, seconds: number, input: object, shown?: number][] = [
    [{ duration: { type: 'string', enum: ['4s', '8s'] } }, 8, { duration: '8s' }],
    [{ duration: { type: 'string', enum: ['5', '10'] } }, 5, { duration: '5' }],
    [{ duration: { type: 'string', enum: ['auto', '5', '10'] } }, 10, { duration: '10' }],
    [{ duration: { type: 'integer', minimum: 2, maximum: 30 } }, 5, { duration: 5 }],
    [{ duration: { enum: ['auto', 6, 8] } }, 8, { duration: 8 }],
    [{ duration: { enum: ['auto', 6, 8] } }, 7, { duration: 6 }, 6],
    [
      { duration: { anyOf: [{ type: 'integer', minimum: 5, maximum: 20 }, { const: 'auto' }] } },
      3,
      { duration: 5 },
      5,
    ],
    [{ duration: { type: 'string', const: '8s' } }, 8, { duration: '8s' }],
    [{ duration: { type: 'string', default: '5s' } }, 7, { duration: '7s' }],
    [{ duration: { type: 'string', default: '5' } }, 7.5, { duration: '7.5' }],
    [{ seconds_total: { type: 'number', maximum: 190 } }, 30.5, { seconds_total: 30.5 }],
    [
      { music_length_ms: { type: 'integer', minimum: 3000, maximum: 600_000 } },
      30,
      { music_length_ms: 30_000 },
    ],
    [
      {
        num_frames: { type: 'integer', minimum: 17, maximum: 161 },
        frames_per_second: { type: 'integer', default: 16 },
      },
      5,
      { num_frames: 81 },
    ],
  ]
  for (const [properties, seconds, input, shown = seconds] of rows) {
    const outcome = prepared(properties, { durationSeconds: seconds })
    t.same(outcome.input, input, JSON.stringify(properties))
    t.equal(outcome.params.durationSeconds, shown)
    t.equal(outcome.warnings.length, shown === seconds ? 0 : 1)
  }
})

t.test('frames without a known frame rate are no seconds', async (t) => {
  const errors = refusal({ num_frames: { type: 'integer' }, prompt: text }, { durationSeconds: 5 })
  t.match(errors, [{ pointer: '/durationSeconds', code: 'unsupported', allowed: ['prompt'] }])
})

t.test('a ratio becomes a name, a size or pixels', async (t) => {
  const side = { type: 'integer', exclusiveMinimum: 0, maximum: 14142 }
  const size = {
    anyOf: [
      { type: 'object', properties: { width: side, height: side } },
      { type: 'string', enum: ['square_hd', 'landscape_16_9'] },
    ],
  }
  t.same(inputOf({ aspect_ratio: { type: 'string', enum: ['16:9'] } }, { aspectRatio: '1920:1080' }), {
    aspect_ratio: '16:9',
  })
  t.same(inputOf({ image_size: size }, { aspectRatio: '16:9' }), { image_size: 'landscape_16_9' })
  t.same(inputOf({ video_size: size }, { aspectRatio: '1:1' }), { video_size: 'square_hd' })
  t.same(inputOf({ size: { type: 'string', enum: ['auto', '1024x1536'] } }, { aspectRatio: '2:3' }), {
    size: '1024x1536',
  })
  t.match(refusal({ aspect_ratio: { type: 'string', enum: ['16:9', '1:1'] } }, { aspectRatio: '9:16' }), [
    { pointer: '/aspectRatio', code: 'not_allowed', allowed: ['16:9', '1:1'] },
  ])
  const limited = {
    ...size,
    'x-fal': { min_width: 512, min_height: 512, max_width: 2048, max_height: 2048, multiple_of: 64 },
  }
  t.same(inputOf({ image_size: limited }, { aspectRatio: '3:1' }), {
    image_size: { width: 1536, height: 512 },
  })
  t.match(
    refusal(
      { image_size: { ...limited, 'x-fal': { ...limited['x-fal'], min_height: 1024 } } },
      { aspectRatio: '4:1' },
    ),
    [{ code: 'not_allowed' }],
  )
})

t.test('one image goes to the field that a model starts from', async (t) => {
  const params = { inputImageUrl: png }
  t.same(inputOf({ image_url: text }, params, ['image_url']), { image_url: png })
  t.same(inputOf({ start_image_url: text, end_image_url: text }, params), { start_image_url: png })
  t.same(inputOf({ first_frame_url: text, last_frame_url: text }, params), { first_frame_url: png })
  t.same(inputOf({ portrait_url: text, mask_url: text }, params, ['portrait_url']), { portrait_url: png })
  t.same(inputOf({ image_urls: urls }, params, ['image_urls']), { image_urls: [png] })
  t.same(inputOf({ image_urls: urls, image_url: text }, params, ['image_urls']), { image_urls: [png] })
  const both = { image_url: text, reference_image_urls: urls }
  t.same(inputOf(both, { ...params, inputImageUrls: [png] }, ['image_url']), {
    image_url: png,
    reference_image_urls: [png],
  })
  t.match(refusal({ mask_url: text, end_image_url: text }, params), [
    { pointer: '/inputImageUrl', code: 'unsupported' },
  ])
  t.match(refusal({ image_url: text }, {}, ['image_url']), [{ pointer: '/inputImageUrl', code: 'required' }])
  t.match(refusal({ image_url: text }, { inputImageUrl: 'http://10.0.0.1/a.png' }), [{ code: 'bad_url' }])
})

t.test('video and audio go to their fields, alone or as the first of a list', async (t) => {
  const params = { inputVideoUrl: mp4, inputAudioUrl: mp3 }
  t.same(inputOf({ video_url: text, audio_url: text }, params), { video_url: mp4, audio_url: mp3 })
  const lists = { reference_video_urls: urls, reference_audio_urls: urls }
  t.same(inputOf(lists, params), { reference_video_urls: [mp4], reference_audio_urls: [mp3] })
  const { schema } = describeModel(modelOf(lists))
  t.match(schema, { properties: { inputVideoUrl: { type: 'string' } } })
})

t.test('FAL says by its playground which text is a file', async (t) => {
  const hinted = { source: { type: 'string', _fal_ui_field: 'image' }, voice: text }
  t.same(inputOf(hinted, { inputImageUrl: png }), { source: png })
  t.same(
    modelOf(hinted).parameters.map(({ param }) => param ?? null),
    ['inputImageUrl', null],
  )
})

t.test('the other names: text, count, seed, steps, guidance, sound, frame rate', async (t) => {
  const integer = { type: 'integer' }
  const number = { type: 'number' }
  const switchOf = { type: 'boolean' }
  t.same(
    inputOf(
      {
        text,
        negative_prompt: text,
        num_videos: integer,
        seed: integer,
        num_steps: integer,
        cfg_scale: number,
        audio: switchOf,
        frames_per_second: integer,
        resolution: { type: 'string', enum: ['512P'] },
      },
      {
        prompt: 'a fox',
        negativePrompt: 'dogs',
        numOutputs: 2,
        seed: 7,
        steps: 20,
        guidanceScale: 0.5,
        enableAudio: false,
        fps: 24,
        resolution: '512p',
      },
    ),
    {
      text: 'a fox',
      negative_prompt: 'dogs',
      num_videos: 2,
      seed: 7,
      num_steps: 20,
      cfg_scale: 0.5,
      audio: false,
      frames_per_second: 24,
      resolution: '512P',
    },
  )
  t.match(
    refusal({ audio: text }, { enableAudio: true }),
    [{ pointer: '/enableAudio', code: 'unsupported' }],
    'a text is no switch',
  )
})

t.test('what a field lists is refused or mended by the same pointers as of a curated model', async (t) => {
  const entry = modelOf({
    prompt: text,
    tolerance: { type: 'string', enum: ['1', '2'] },
    n: { type: 'integer', maximum: 4 },
  })
  const model = { alias: null, endpointId, kind: entry.kind, entry, curated: null }
  t.throws(() => prepareFor(model, { params: {}, input: { tolerance: '9' } }), {
    errors: [{ pointer: '/input/tolerance', code: 'not_allowed', allowed: ['1', '2'] }],
  })
  t.throws(() => prepareFor(model, { params: {}, input: { tolerence: '1' } }), {
    errors: [{ pointer: '/input/tolerence', code: 'unknown_field', allowed: ['prompt', 'tolerance', 'n'] }],
  })
  t.match(prepareFor(model, { params: { numOutputs: 9 } }), {
    input: { n: 4 },
    warnings: [{ field: 'numOutputs', from: 9, to: 4 }],
  })
})

t.test('the result tells of what kind a model is and whether it promises a file', async (t) => {
  const file = { type: 'object', properties: { url: text }, required: ['url'] }
  const outputOf = (properties: object, required: string[], category = 'x') => {
    const document = openapiOf({
      endpointId,
      category,
      input: { type: 'object', properties: {} },
      output: { type: 'object', properties, required },
    })
    const read = readDocument(document, endpointId)
    if ('unusable' in read) throw new Error(read.unusable)
    const { kind, output } = modelOfFacts(read.facts, '2026-12-01')
    return [kind, output.urlPath]
  }
  t.same(outputOf({ preview: file, video: file }, ['video']), ['video', 'video.url'])
  t.same(outputOf({ images: { type: 'array', items: file } }, ['images']), ['image', 'images[].url'])
  t.same(outputOf({ audio_file: file }, ['audio_file']), ['audio', 'audio_file.url'])
  t.same(outputOf({ model_mesh: file }, ['model_mesh'], 'image-to-3d'), ['file', 'model_mesh.url'])
  t.same(outputOf({ image: { anyOf: [file, { type: 'null' }] } }, []), ['image', null])
  t.same(outputOf({ text, chunks: { type: 'array', items: text } }, ['text']), ['unknown', null])
})
