/** Vercel's AI SDK, unchanged: pictures by FAL's synchronous run, speech likewise, videos by the queue, all as jobs. */
import { createFal } from '@ai-sdk/fal'
import { generateImage, generateSpeech, experimental_generateVideo as generateVideo } from 'ai'
import t from 'tap'
import { startBench, testKey } from '../support/service.ts'

/** The SDK refuses files on loopback addresses: the service is reached under this name. */
const publicUrl = 'https://jobs.example.com'
const bench = await startBench(t, { environment: { APP_URL: publicUrl, POLL_MAX_SECONDS: '1' } })

/** What an application sets: FAL's hosts by the proxy, with a key of ours. Everything else goes where it leads. */
const viaProxy: typeof fetch = async (input, options = {}) => {
  const url = String(input)
  if (url.startsWith(publicUrl)) return fetch(url.replace(publicUrl, bench.service.url), options)
  t.match(url, /^https:\/\/(?:queue\.)?fal\.run\//, 'nothing else is called')
  const headers = new Headers(options.headers)
  headers.set('x-fal-target-url', url)
  return fetch(new URL('/api/fal/proxy', bench.service.url), { ...options, headers })
}
const fal = createFal({ apiKey: testKey, fetch: viaProxy })

const png = [0x89, 0x50, 0x4e, 0x47]
const jobs = async (model: string) => (await bench.call('GET', `/api/jobs?model=${model}`)).body.data

t.test('pictures, by the proxy and by the path of runs', async (t) => {
  const { images, providerMetadata } = await generateImage({
    model: fal.image('fal-ai/flux/dev'),
    prompt: 'a lighthouse',
    n: 2,
    providerOptions: { fal: { brandNewOption: true } },
  })
  t.strictSame(
    images.map(({ uint8Array }) => [...uint8Array.slice(0, 4)]),
    [png, png],
  )
  t.equal(providerMetadata.fal?.images?.length, 2)

  const byPath = createFal({
    apiKey: testKey,
    baseURL: `${publicUrl}/api/fal/run`,
    fetch: viaProxy,
  })
  const made = await generateImage({ model: byPath.image('fal-ai/flux/schnell'), prompt: 'a path' })
  t.strictSame([...(made.images[0]?.uint8Array.slice(0, 4) ?? [])], png)
  for (const model of ['flux-dev', 'flux-schnell'])
    t.match(await jobs(model), [{ status: 'completed', archive: { status: 'archived' } }])
})

t.test('speech, with a field that the catalogue does not know', async (t) => {
  const { audio } = await generateSpeech({
    model: fal.speech('fal-ai/kokoro/american-english'),
    text: 'hello',
  })
  t.ok(audio.uint8Array.length > 44)
})

t.test('a video, polled by its result until it is done', async (t) => {
  const { videos } = await generateVideo({
    model: fal.video('wan/v2.2-a14b/text-to-video'),
    prompt: 'a boat',
    providerOptions: { fal: { pollIntervalMs: 100 } },
    async download({ url }) {
      const response = await viaProxy(url)
      return { data: new Uint8Array(await response.arrayBuffer()), mediaType: 'video/mp4' }
    },
  })
  t.equal(Buffer.from(videos[0]?.uint8Array.slice(4, 8) ?? []).toString(), 'ftyp')
})

t.test('a refusal is not tried again as a new job', async (t) => {
  const model = fal.image('fal-ai/flux/dev')
  await t.rejects(
    generateImage({
      model,
      prompt: 'refused',
      n: 1,
      providerOptions: { fal: { num_inference_steps: 9999 } },
    }),
  )
  const found = (await jobs('flux-dev')).filter(
    (job: { params: { prompt: string } }) => job.params.prompt === 'refused',
  )
  t.equal(found.length, 0)
})
