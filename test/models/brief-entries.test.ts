/** Entries whose parameters are FAL's: their names are their own, and the published examples of their prices come out. */
import t from 'tap'
import { briefEntries, catalogue, findCurated, findModel } from '../../src/models/catalogue.ts'
import { prepare } from '../../src/models/prepare.ts'

t.test('no name means two models', async (t) => {
  const names = [...catalogue, ...briefEntries].flatMap((entry) => [
    entry.alias,
    ...entry.synonyms,
    entry.endpointId,
  ])
  t.equal(new Set(names).size, names.length)
  for (const entry of briefEntries) {
    t.match(entry.alias, /^[a-z0-9]+(-[a-z0-9]+)*$/)
    t.equal(findCurated(entry.alias), entry)
    t.equal(findModel(entry.alias), undefined)
  }
  t.ok(briefEntries.length >= 45, `${briefEntries.length} entries`)
})

t.test('a retired model names a successor that the catalogue has, and says so to its callers', async (t) => {
  const retired = catalogue.filter(({ availability }) => availability === 'retired')
  t.equal(retired.length, 8)
  for (const { alias, successor = '' } of retired) {
    const next = findCurated(successor)
    t.ok(next !== undefined && next.availability !== 'retired', `${alias} → ${successor}`)
  }
  t.match(prepare({ model: 'imagen4', params: { prompt: 'a fox' } }).warnings, [
    { field: 'model', reason: 'this endpoint is retired; use nano-banana-2 instead' },
  ])
})

t.test('examples of published prices, over the defaults that the entries know', async (t) => {
  const rows: [model: string, input: Record<string, unknown>, micros: number | null][] = [
    ['nano-banana-2', {}, 80_000],
    ['nano-banana-2', { resolution: '4K', enable_web_search: true, num_images: 2 }, 350_000],
    ['nano-banana-2-edit', { resolution: '0.5K', thinking_level: 'high' }, 62_000],
    ['nano-banana-pro', { resolution: '4K' }, 300_000],
    ['flux-2-pro', { image_size: { width: 1024, height: 1024 } }, 30_000],
    ['flux-2-pro', { image_size: { width: 1920, height: 1080 } }, 45_000],
    ['flux-2-pro', { image_size: { width: 512, height: 512 } }, 30_000],
    ['seedream-v5-lite', { num_images: 2, max_images: 3 }, 210_000],
    ['gpt-image-2-5', {}, null],
    ['gpt-image-1-5', { quality: 'low', image_size: '1536x1024' }, 13_000],
    ['qwen-image-3', {}, 40_000],
    ['qwen-image-3', { image_size: { width: 2048, height: 2048 } }, null],
    ['recraft-v4-1', {}, 35_000],
    ['kling-v3-pro', { duration: '5' }, 840_000],
    ['kling-v3-pro', { duration: '5', generate_audio: false }, 560_000],
    ['kling-v3-4k', { duration: '10' }, 4_200_000],
    ['kling-o3-pro', { duration: '5', generate_audio: true }, 700_000],
    ['kling-v2-6-pro', { duration: '10', generate_audio: true }, 1_400_000],
    ['veo3-1-reference', { resolution: '1080p' }, 3_200_000],
    ['veo3-1-lite', { duration: '4s', generate_audio: false }, 120_000],
    ['wan-3', { resolution: '720p' }, 500_000],
    ['wan-3', { resolution: '720p', duration: null }, null],
    ['seedance-2-i2v', { duration: '5' }, 1_517_000],
    ['seedance-2-5', {}, null],
    ['minimax-h3', { resolution: '480P', duration: 10 }, 500_000],
    ['ltx-2-5-fast', { resolution: '720p', duration: 10 }, 900_000],
    ['pixverse-v6-i2v', { resolution: '360p', duration: 15 }, 375_000],
    ['pixverse-v6', { resolution: '1080p', generate_audio_switch: true }, 575_000],
    ['grok-imagine-video', {}, 840_000],
    ['flux-3', { duration: 5, resolution: '1080p' }, 1_450_000],
    ['ray-3-2-i2v', {}, 150_000],
    ['ray-3-2-i2v', { resolution: '1080p', hdr: true, exr_export: true }, 3_600_000],
    ['sync-lipsync-v3', {}, null],
    ['eleven-v3', { text: 'x'.repeat(1_000) }, 100_000],
  ]
  for (const [model, input, micros] of rows) {
    const { price } = prepare({ model, params: {}, input })
    t.equal(price.estimatedMicros, micros, `${model} ${JSON.stringify(input)}`)
    t.equal(price.reason === null, micros !== null)
  }
})

t.test('what the service insists on is sent without the document too', async (t) => {
  const { input } = prepare({ model: 'seedream-v5-lite', params: { prompt: 'a fox' } })
  t.equal(input.return_byteplus_urls, false)
})
