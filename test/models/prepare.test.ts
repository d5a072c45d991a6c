/** What `prepare` mends, what it refuses and how it says so. */
import t from 'tap'
import { AppError, type FieldError } from '../../src/domain/errors.ts'
import { type Params, type Prepared, prepare } from '../../src/models/prepare.ts'

const image = 'https://cdn.example.com/fox.png'
const video = 'https://cdn.example.com/fox.mp4'
const audio = 'https://cdn.example.com/fox.mp3'

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

t.test(
  'a ratio is sent as the model writes it; one it cannot make is refused with those it can',
  async (t) => {
    t.equal(ask('flux-dev', { aspectRatio: '9:16' }).input.image_size, 'portrait_16_9')
    t.equal(ask('gpt-image-1', { aspectRatio: '3:2' }).input.image_size, '1536x1024')
    t.equal(ask('veo3-1', { aspectRatio: '9:16' }).input.aspect_ratio, '9:16')
    t.equal(
      ask('flux-pro-ultra', { aspectRatio: '5:2' }).input.aspect_ratio,
      '5:2',
      'any, where FAL takes any',
    )
    t.equal(ask('veo3-fast', { aspectRatio: 'auto', inputImageUrl: image }).input.aspect_ratio, 'auto')
    const mended = ask('veo3-1', { aspectRatio: '1920:1080' })
    t.match(mended.warnings, [{ field: 'aspectRatio', from: '1920:1080', to: '16:9' }])
    t.match(
      errorsOf(() => ask('veo3-1', { aspectRatio: '1:1' })),
      [{ pointer: '/aspectRatio', code: 'not_allowed', allowed: ['16:9', '9:16'] }],
    )
    for (const aspectRatio of ['16/9', 'wide', '0:1', '1:0', '-1:2', '']) {
      t.same(
        codesOf(() => ask('flux-dev', { aspectRatio })),
        ['/aspectRatio not_allowed'],
        aspectRatio,
      )
    }
  },
)

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

t.test('a missing file or text is refused under the name the caller would give it', async (t) => {
  t.same(
    codesOf(() => ask('veo3-fast', {})),
    ['/inputImageUrl required'],
  )
  t.same(
    codesOf(() => ask('cogvideox-5b', {})),
    ['/inputImageUrl required'],
  )
  t.same(
    codesOf(() => prepare({ model: 'flux-dev', params: {} })),
    ['/prompt required'],
  )
  t.same(
    codesOf(() => ask('latentsync', {}, {}, false)),
    ['/inputVideoUrl required', '/inputAudioUrl required'],
  )
  t.same(
    codesOf(() => ask('nano-banana-edit', {})),
    ['/inputImageUrls required'],
  )
  t.same(
    codesOf(() => ask('minimax-music-v2', {})),
    ['/input/lyrics_prompt required'],
  )
  t.same(prepare({ model: 'veo3-fast', params: {}, input: { prompt: 'fox', image_url: image } }).input, {
    prompt: 'fox',
    image_url: image,
  })
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

t.test('files of a private host or of a wrong kind are refused, in params and in input', async (t) => {
  t.same(
    codesOf(() => ask('veo3-fast', { inputImageUrl: 'https://169.254.169.254/latest' })),
    ['/inputImageUrl private_host'],
  )
  t.same(
    codesOf(() => ask('kling-v2-5-pro-i2v', { inputImageUrl: image }, { tail_image_url: 'https://[::1]/a' })),
    ['/input/tail_image_url private_host'],
  )
  t.same(
    codesOf(() => ask('sd-3-5-large', {}, { controlnet: { path: 'x', control_image_url: 'http://a.b/c' } })),
    ['/input/controlnet/control_image_url bad_url'],
  )
})

t.test('what the model does not take is refused, never dropped', async (t) => {
  t.same(
    codesOf(() => ask('veo3-1', { fps: 24 })),
    ['/fps unsupported'],
  )
  t.same(
    codesOf(() => ask('hailuo-02-pro', { durationSeconds: 6, inputImageUrl: image })),
    ['/durationSeconds unsupported'],
  )
  const [error] = errorsOf(() => ask('flux-dev', {}, { guidence_scale: 3 }))
  t.match(error, { pointer: '/input/guidence_scale', code: 'unknown_field' })
  t.ok(error?.allowed?.includes('guidance_scale'), 'with the fields there are')
  t.same(
    codesOf(() => ask('flux-dev', {}, { 'a/b~c': 1 })),
    ['/input/a~1b~0c unknown_field'],
    'pointers are escaped',
  )
  t.same(
    codesOf(() => ask('flux-dev', {}, JSON.parse('{"__proto__": {"x": 1}}'))),
    ['/input/__proto__ unknown_field'],
  )
  t.same(
    codesOf(() => ask('minimax-speech-02-hd', {}, { voice_setting: { picth: 1 } })),
    ['/input/voice_setting/picth unknown_field'],
  )
})

t.test('input is held to the same limits as params, under its own names', async (t) => {
  const { input, warnings } = ask(
    'flux-dev',
    {},
    { num_images: 9, image_size: { width: 99_999, height: 700 } },
  )
  t.same(input, { prompt: 'fox', image_size: { width: 14_142, height: 700 }, num_images: 4 })
  t.match(warnings, [
    { field: 'input.num_images', from: 9, to: 4 },
    { field: 'input.image_size.width', from: 99_999, to: 14_142 },
  ])
  t.match(
    errorsOf(() => ask('flux-dev', {}, { output_format: 'gif' })),
    [{ pointer: '/input/output_format', code: 'not_allowed', allowed: ['jpeg', 'png'] }],
  )
  t.same(
    codesOf(() => ask('flux-dev', {}, { num_images: '2' })),
    ['/input/num_images wrong_type'],
  )
  t.same(
    codesOf(() => ask('veo3-1', {}, { duration: 8 })),
    ['/input/duration wrong_type'],
    'FAL wants "8s"',
  )
  t.same(
    codesOf(() => ask('flux-dev', {}, { num_images: null })),
    ['/input/num_images wrong_type'],
  )
  t.same(
    ask('flux-dev', {}, { seed: null }).input,
    { prompt: 'fox', seed: null },
    'null, where FAL takes null',
  )
  t.same(
    codesOf(() => ask('seedream-v4', {}, { image_size: { width: 100, height: 100 } })),
    ['/input/image_size out_of_range'],
  )
})

t.test('the same thing said twice is fine when it agrees and refused when it does not', async (t) => {
  t.same(ask('veo3-1', { durationSeconds: 6 }, { duration: '6s' }).input, { prompt: 'fox', duration: '6s' })
  t.same(
    codesOf(() => ask('veo3-1', { durationSeconds: 6 }, { duration: '8s' })),
    ['/durationSeconds contradiction'],
  )
  t.same(
    codesOf(() => ask('flux-dev', { seed: 1 }, { seed: 2 })),
    ['/seed contradiction'],
  )
})

t.test('fields that exclude each other are refused, with what would do', async (t) => {
  t.match(
    errorsOf(() => ask('pixverse-v5', { durationSeconds: 8, resolution: '1080p' })),
    [{ pointer: '/durationSeconds', code: 'contradiction', allowed: [5] }],
  )
  t.match(
    errorsOf(() => ask('pixverse-v5', { resolution: '1080p' }, { duration: '8' })),
    [{ pointer: '/input/duration', code: 'contradiction', allowed: ['5'] }],
    'under the name the caller used',
  )
  t.equal(ask('pixverse-v5', { durationSeconds: 5, resolution: '1080p' }).input.duration, '5')
  t.equal(ask('pixverse-v5', { resolution: '1080p' }).input.duration, undefined, 'the default agrees')
  t.same(
    codesOf(() => ask('seedance-pro', { durationSeconds: 5 }, { num_frames: 100 })),
    ['/durationSeconds contradiction'],
  )
})

t.test('all that is wrong is told at once', async (t) => {
  const wrong = () =>
    ask(
      'veo3-fast',
      { aspectRatio: '7:3', fps: 30, seed: 1.5, inputImageUrl: 'ftp://x' },
      { nope: 1, resolution: 8 },
    )
  t.same(codesOf(wrong).toSorted(), [
    '/aspectRatio not_allowed',
    '/fps unsupported',
    '/input/nope unknown_field',
    '/input/resolution wrong_type',
    '/inputImageUrl bad_url',
    '/seed wrong_type',
  ])
})

t.test('text keeps to the length limits, in characters', async (t) => {
  t.same(
    codesOf(() => prepare({ model: 'recraft-v3', params: { prompt: 'x'.repeat(1001) } })),
    ['/prompt too_long'],
  )
  t.ok(prepare({ model: 'recraft-v3', params: { prompt: '🦊'.repeat(1000) } }))
  t.same(
    codesOf(() => prepare({ model: 'imagen4', params: { prompt: 'ab' } })),
    ['/prompt too_short'],
  )
})

t.test('a whole number that lost digits on the way in is refused, never sent as another one', async (t) => {
  const seed = Number('17454220438242315174')
  t.same(
    codesOf(() => ask('flux-dev', { seed })),
    ['/seed wrong_type'],
  )
  t.same(
    codesOf(() => ask('flux-dev', {}, { seed })),
    ['/input/seed wrong_type'],
  )
  t.same(
    codesOf(() => ask('somebody/unlisted', {}, { deep: [{ seed }], size: 2 ** 53 - 1 })),
    ['/input/deep/0/seed wrong_type'],
  )
  t.match(ask('flux-dev', {}, { num_images: 1e30 }), { input: { num_images: 4 } }, 'a limit mends it')
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

t.test('a wrong type that slipped past the edge is refused here', async (t) => {
  for (const [name, value] of Object.entries({
    prompt: 5,
    seed: '1',
    enableAudio: 'yes',
    inputImageUrls: 'x',
    fps: Number.NaN,
  })) {
    const params: Record<string, unknown> = { [name]: value }
    t.ok(
      codesOf(() => prepare({ model: 'wan-v2-2', params })).some((code) => code.startsWith(`/${name} `)),
      name,
    )
  }
  const params: Record<string, unknown> = { prompt: 'fox', surprise: 1 }
  t.same(
    codesOf(() => prepare({ model: 'flux-dev', params })),
    ['/surprise unknown_field'],
  )
})

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
  const live = { endpointId: 'fal-ai/flux/dev', unit: 'megapixels', unitPriceMicros: 50_000 }
  const livePrices = new Map([[live.endpointId, live]])
  const price = prepare({ model: 'flux-dev', params: { prompt: 'fox', numOutputs: 2 } }, { livePrices }).price
  t.match(price, { estimatedMicros: 100_000, source: 'live' })
})

/** A request with the prompt most models need; video tools get their files. */
function ask(model: string, params: Params, input: Record<string, unknown> = {}, complete = true): Prepared {
  const files = complete && model === 'latentsync' ? { inputVideoUrl: video, inputAudioUrl: audio } : {}
  const prompt = model === 'latentsync' ? {} : { prompt: 'A fox runs' }
  const prepared = prepare({ model, params: { ...prompt, ...files, ...params }, input })
  if (prepared.input.prompt === 'A fox runs') prepared.input.prompt = 'fox'
  return prepared
}

function errorsOf(run: () => unknown): FieldError[] {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_PARAMS') return error.errors
    throw error
  }
  throw new Error('it was accepted')
}

function codesOf(run: () => unknown): string[] {
  return errorsOf(run).map((error) => `${error.pointer} ${error.code}`)
}
