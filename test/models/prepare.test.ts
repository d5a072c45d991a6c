/** What `prepare` changes, fills in and prices, and how it says so. */
import t from 'tap'
import { type Params, prepare } from '../../src/models/prepare.ts'
import { ask, codesOf, errorsOf } from './ask.ts'

const image = 'https://cdn.example.com/fox.png'
const video = 'https://cdn.example.com/fox.mp4'

t.test('a number outside the limits is clamped, then snapped, and every change is told', async (t) => {
  const { input, params, warnings } = ask('flux-dev', { guidanceScale: 99, steps: 12.6, numOutputs: 0 })
  t.same(input, { prompt: 'fox', guidance_scale: 20, num_inference_steps: 13, num_images: 1 })
  t.match(params, { guidanceScale: 20, steps: 13, numOutputs: 1 })
  t.same(warnings, [
    { field: 'guidanceScale', from: 99, to: 20, reason: 'the model takes 1 to 20' },
    { field: 'steps', from: 12.6, to: 13, reason: 'the model takes whole numbers' },
    { field: 'numOutputs', from: 0, to: 1, reason: 'the model takes 1 to 4' },
  ])
})

t.test('an open bound is kept out of', async (t) => {
  t.equal(ask('ltx-video', { guidanceScale: 1 }).input.guidance_scale, 1.01)
  t.equal(ask('ltx-video', { guidanceScale: 1.001 }).input.guidance_scale, 1.001)
})

t.test('a guidance scale of another model is not passed on as it is', async (t) => {
  t.equal(ask('kling-v2-5-pro', { guidanceScale: 7 }).input.cfg_scale, 1, 'kling runs 0 to 1')
  t.same(
    codesOf(() => ask('veo3-1', { guidanceScale: 7 })),
    ['/guidanceScale unsupported'],
    'veo has none',
  )
})

t.test('durations go to the nearest the model makes, in its own encoding', async (t) => {
  const rows: [string, number, string, unknown, number][] = [
    ['veo3-1', 5, 'duration', '4s', 4],
    ['veo3-1', 7.5, 'duration', '8s', 8],
    ['veo3-1', 999, 'duration', '8s', 8],
    ['kling-v2-5-pro', 7, 'duration', '5', 5],
    ['kling-v2-5-pro', 8, 'duration', '10', 10],
    ['luma-ray-2', 6, 'duration', '5s', 5],
    ['sora-2', 5, 'duration', 4, 4],
    ['pika-v2-2', 6, 'duration', 5, 5],
    ['seedance-pro', 5.4, 'duration', '5', 5],
    ['seedance-2', 1, 'duration', '4', 4],
    ['hunyuan-video', 4, 'num_frames', '85', 3.54],
    ['hunyuan-video', 5.38, 'num_frames', '129', 5.38],
    ['wan-v2-2', 5, 'num_frames', 81, 5],
    ['wan-v2-2', 60, 'num_frames', 161, 10],
    ['stable-audio-2-5', 12.4, 'seconds_total', 12, 12],
    ['elevenlabs-sfx', 0.1, 'duration_seconds', 0.5, 0.5],
  ]
  for (const [model, asked, field, sent, shown] of rows) {
    const { input, params, warnings } = ask(model, { durationSeconds: asked })
    t.strictSame(input[field], sent, `${model}: ${asked} s`)
    t.equal(params.durationSeconds, shown)
    t.equal(
      warnings.some((warning) => warning.field === 'durationSeconds'),
      asked !== shown,
    )
  }
})

t.test('frames follow the frame rate, whether asked, sent or the default', async (t) => {
  t.match(ask('wan-v2-2', { durationSeconds: 5, fps: 24 }).input, { num_frames: 121, frames_per_second: 24 })
  t.match(ask('wan-v2-2', { durationSeconds: 5 }, { frames_per_second: 10 }).input, { num_frames: 51 })
  const long = ask('wan-v2-2', { durationSeconds: 10, fps: 60 })
  t.match(long.input, { num_frames: 161 })
  t.match(long.warnings, [{ field: 'durationSeconds', from: 10, to: 2.667 }])
  t.equal(ask('wan-v2-2', { fps: 20 }).params.durationSeconds, 4, 'FAL fills in 81 frames')
})

t.test('an unusual ratio gets a size of its own, no larger and no dearer than the default', async (t) => {
  const wide = ask('flux-dev', { aspectRatio: '21:9' })
  t.same(wide.input.image_size, { width: 1344, height: 576 })
  t.equal(wide.price.estimatedMicros, ask('flux-dev', {}).price.estimatedMicros)
  t.same(ask('cogvideox-5b', { aspectRatio: '3:2', inputImageUrl: image }).input.video_size, {
    width: 720,
    height: 480,
  })
  t.same(
    codesOf(() => ask('flux-dev', { aspectRatio: '9:1' })),
    ['/aspectRatio not_allowed'],
  )
})

t.test('resolutions keep the spelling of the model', async (t) => {
  const mended = ask('hailuo-02-standard', { resolution: '512p', inputImageUrl: image })
  t.equal(mended.input.resolution, '512P')
  t.match(mended.warnings, [{ field: 'resolution', from: '512p', to: '512P' }])
  t.match(
    errorsOf(() => ask('hailuo-02-standard', { resolution: '1080p', inputImageUrl: image })),
    [{ pointer: '/resolution', code: 'not_allowed', allowed: ['512P', '768P'] }],
  )
})

t.test('what FAL fills in shows in params and counts in the price, but is not sent', async (t) => {
  const { input, params, price } = ask('veo3-1', {})
  t.same(input, { prompt: 'fox' })
  t.match(params, { durationSeconds: 8, resolution: '720p', aspectRatio: '16:9', enableAudio: true })
  t.equal(price.estimatedMicros, 3_200_000)
})

t.test('a default that is doubtful or unusable is sent outright', async (t) => {
  t.equal(ask('seedance-pro-i2v', { inputImageUrl: image }).input.resolution, '1080p')
  t.equal(ask('minimax-speech-02-hd', {}).input.output_format, 'url', 'FAL would answer hex, not a file')
  t.equal(
    ask('minimax-speech-02-hd', {}, { output_format: 'hex' }).input.output_format,
    'hex',
    'unless asked for',
  )
})

t.test('one image or many go to the field that takes a list', async (t) => {
  const one = ask('nano-banana-edit', { inputImageUrl: image })
  t.same(one.input.image_urls, [image])
  t.equal(one.params.inputImageUrls, undefined, 'shown the way it was asked')
  t.same(ask('nano-banana-edit', { inputImageUrls: [image, `${image}?2`] }).input.image_urls, [
    image,
    `${image}?2`,
  ])
  t.same(
    codesOf(() => ask('nano-banana-edit', { inputImageUrls: [] })),
    ['/inputImageUrls too_few'],
  )
  t.same(
    codesOf(() => ask('nano-banana-edit', { inputImageUrls: [image, 'https://10.0.0.1/x'] })),
    ['/inputImageUrls/1 private_host'],
  )
  t.same(
    codesOf(() => ask('nano-banana-edit', { inputImageUrl: image, inputImageUrls: [video] })),
    ['/inputImageUrl contradiction'],
  )
  t.same(
    codesOf(() => ask('veo3-fast', { inputImageUrls: [image] })),
    ['/inputImageUrls unsupported', '/inputImageUrl required'],
  )
})

t.test(
  'a default that another field overrides is not shown, so what is shown can be asked again',
  async (t) => {
    const first = ask('seedance-pro', {}, { num_frames: 289 })
    t.equal(first.params.durationSeconds, undefined, 'not the default of 5 seconds')
    t.same(
      prepare({ model: 'seedance-pro', params: first.params, input: { num_frames: 289 } }).price,
      first.price,
    )
    t.equal(ask('seedance-pro', {}).params.durationSeconds, 5)
  },
)

t.test('a model that FAL may have retired is used, with a warning', async (t) => {
  t.match(ask('veo3', {}).warnings, [{ field: 'model', from: 'veo3', to: 'veo3' }])
  t.same(ask('veo3-1', {}).warnings, [])
})

t.test("outside the catalogue, FAL's usual names are used and nothing is guessed", async (t) => {
  const prepared = prepare({
    model: 'fal-ai/brand-new',
    params: { prompt: 'fox', numOutputs: 2, inputImageUrl: image },
    input: { strength: 0.3 },
  })
  t.same(prepared.input, { strength: 0.3, prompt: 'fox', num_images: 2, image_url: image })
  t.match(prepared.warnings, [{ field: 'model' }])
  t.match(prepared.price, { estimatedMicros: null, source: 'none' })
  t.match(prepared.model, { alias: null, kind: 'unknown', entry: null })
  const ask = (params: Params, input = {}) => prepare({ model: 'fal-ai/brand-new', params, input })
  t.same(
    codesOf(() => ask({ durationSeconds: 5, fps: 24 })),
    ['/durationSeconds unsupported', '/fps unsupported'],
  )
  t.same(
    codesOf(() => ask({ prompt: 'a' }, { prompt: 'b' })),
    ['/prompt contradiction'],
  )
  t.same(
    codesOf(() => ask({ inputVideoUrl: 'https://localhost/x' })),
    ['/inputVideoUrl private_host'],
  )
})

t.test('a live price moves the estimate', async (t) => {
  const live = {
    endpointId: 'fal-ai/flux/dev',
    unit: 'megapixels',
    unitPriceMicros: 50_000,
    asOf: '2026-11-30',
  }
  const livePrices = new Map([[live.endpointId, live]])
  const price = prepare({ model: 'flux-dev', params: { prompt: 'fox', numOutputs: 2 } }, { livePrices }).price
  t.match(price, { estimatedMicros: 100_000, source: 'live' })
})

/** A request with the prompt most models need; video tools get their files. */
