/** What a finished job cost by its price rule: from the facts of its result, or not at all; and no answer of FAL makes it throw. */
import fc from 'fast-check'
import t from 'tap'
import type { Job, Media } from '../../../src/domain/job.ts'
import { type Completed, makeRuleCost } from '../../../src/jobs/run/rule-cost.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

const log = createLogger({ level: 'silent', secrets: [] })
const catalogueOnly = makeRuleCost({ livePrices: () => new Map(), log })
const ran = (endpointId: string, input: Record<string, unknown> = {}) =>
  ({ id: 'job_x', endpointId, input }) as Job
const answer = (more: Partial<Completed> = {}): Completed => ({
  type: 'completed',
  result: '{}',
  media: [],
  inferenceSeconds: null,
  billableUnits: null,
  billedAs: null,
  ...more,
})
const picture = (index: number, width = 1024, height = 1024): Media => ({
  index,
  path: `images[${index}]`,
  kind: 'image',
  sourceUrl: 'https://v3.fal.media/a.png',
  contentType: 'image/png',
  fileName: 'a.png',
  bytes: 1,
  width,
  height,
  durationSeconds: null,
  thumbnailUrl: null,
  archive: null,
})

t.test('the facts of the result decide: pictures and their size, seconds of GPU time', async (t) => {
  const schnell = ran('fal-ai/flux/schnell', { num_images: 4 })
  t.equal(catalogueOnly(schnell, answer({ media: [picture(0), picture(1), picture(2)] })), 9_000)
  t.equal(catalogueOnly(schnell, answer({ media: [picture(0, 2048, 1024)] })), 6_000)
  t.equal(catalogueOnly(ran('fal-ai/fast-sdxl'), answer({ inferenceSeconds: 2 })), 2_500)
})

t.test('where FAL told nothing that decides the price there is none', async (t) => {
  t.equal(catalogueOnly(ran('fal-ai/flux/schnell'), answer()), null)
  t.equal(catalogueOnly(ran('fal-ai/veo3', { duration: '8s' }), answer({ inferenceSeconds: 40 })), null)
  t.equal(catalogueOnly(ran('somebody/unlisted'), answer({ inferenceSeconds: 3 })), null)
})

t.test('no answer of FAL makes it throw or gives an amount that is none', async () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.constant(null))
  const endpoints = [
    'fal-ai/flux/schnell',
    'fal-ai/topaz/upscale/video',
    'fal-ai/fast-sdxl',
    'fal-ai/nano-banana',
  ]
  fc.assert(
    fc.property(fc.constantFrom(...endpoints), number, number, (endpoint, seconds, size) => {
      const media = [{ ...picture(0), width: size, height: size, durationSeconds: seconds }]
      const cost = catalogueOnly(ran(endpoint), answer({ inferenceSeconds: seconds, media }))
      return cost === null || (Number.isSafeInteger(cost) && cost >= 0)
    }),
  )
})

t.test('a failure of the price book is logged, not thrown', async (t) => {
  const broken = makeRuleCost({
    livePrices: () => {
      throw new Error('broken')
    },
    log,
  })
  t.equal(broken(ran('fal-ai/flux/schnell'), answer({ media: [picture(0)] })), null)
})
