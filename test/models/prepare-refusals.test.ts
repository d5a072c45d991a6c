/** What a caller asks that cannot be sent is refused with its place, its reason and what would do. */
import t from 'tap'
import { prepare } from '../../src/models/prepare.ts'
import { ask, codesOf, errorsOf } from './ask.ts'

const image = 'https://cdn.example.com/fox.png'

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

t.test(
  'what would charge another model is refused, and links that FAL does not keep are turned off',
  async (t) => {
    for (const model of ['flux-dev', 'acme/unlisted']) {
      for (const [field, value] of [
        ['fal_fallback', { endpoint: 'fal-ai/flux/schnell' }],
        ['fal_fallback_timeout', 5],
      ] as const) {
        t.same(
          codesOf(() => prepare({ model, params: { prompt: 'x' }, input: { [field]: value } })),
          [`/input/${field} unsupported`],
          model,
        )
      }
    }
    const mended = prepare({ model: 'acme/unlisted', params: {}, input: { return_byteplus_urls: true } })
    t.equal(mended.input.return_byteplus_urls, false)
    t.match(mended.warnings, [{ field: 'input.return_byteplus_urls', from: true, to: false }])
  },
)

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
