/** One order of a job's files on every channel, and what the model's own safety check said of them. */
import t from 'tap'
import type { MediaKind } from '../../../src/domain/job.ts'
import { withFlags } from '../../../src/domain/media/flagged-files.ts'
import { findMedia } from '../../../src/domain/media/media-of-result.ts'
import { inOrder } from '../../../src/domain/media/order-media.ts'

const at = (name: string): string => `https://v3b.fal.media/files/b/${name}`
const file = (name: string) => ({ url: at(name) })

const ordered = (result: unknown, mainFile: string | null, kind: MediaKind | 'unknown' = 'unknown') =>
  inOrder(findMedia(result), { mainFile, kind })

const paths = (...given: Parameters<typeof ordered>) => ordered(...given).map(({ path }) => path)

t.test('the main files come first, then those of the job’s kind, then the rest by path', async (t) => {
  const result = {
    a_mask: file('mask.png'),
    images: Array.from({ length: 11 }, (_, index) => file(`${index}.png`)),
    zip: file('all.zip'),
  }
  const found = paths(result, 'images[].url', 'image')
  t.strictSame(found.slice(0, 3), ['images[0]', 'images[1]', 'images[2]'])
  t.strictSame(found.slice(10), ['images[10]', 'a_mask', 'zip'])
  t.strictSame(
    ordered(result, 'images[].url').map(({ index }) => index),
    found.map((_, index) => index),
  )
  t.strictSame(paths({ cover: file('c.png'), video: file('v.mp4') }, null, 'video'), ['video', 'cover'])
  t.strictSame(paths({ cover: file('c.png'), video_url: at('v.mp4') }, 'video_url'), ['video_url', 'cover'])
  t.strictSame(paths({ preview: file('p.mp4'), video: file('v.mp4') }, null, 'video'), ['video', 'preview'])
  t.strictSame(paths({ b: file('b.png'), a: file('a.png') }, null), ['a', 'b'])
})

t.test('FAL’s webhook, whose keys are sorted, and its result give the same list', async (t) => {
  const result = {
    video: file('v.mp4'),
    audio: file('a.wav'),
    extra: { zebra: file('z.png'), ant: file('a.png') },
  }
  const sorted = {
    audio: file('a.wav'),
    extra: { ant: file('a.png'), zebra: file('z.png') },
    video: file('v.mp4'),
  }
  t.strictSame(ordered(result, 'video.url', 'video'), ordered(sorted, 'video.url', 'video'))
})

t.test('a file at two places is one, under the main place', async (t) => {
  const result = { best: file('1.png'), images: [file('0.png'), file('1.png')] }
  t.strictSame(paths(result, 'images[].url'), ['images[0]', 'images[1]'])
  t.notOk(ordered(result, 'images[].url').some((media) => 'alsoAt' in media))
})

t.test('flags beside the files say which of them the model objects to', async (t) => {
  const flagged = (result: unknown) =>
    withFlags(findMedia(result), result).map((media) => media.flagged === true)
  const images = [file('0.png'), file('1.png')]
  t.strictSame(flagged({ images, has_nsfw_concepts: [false, true] }), [false, true])
  t.strictSame(flagged({ images, has_nsfw_concepts: [false, false] }), [false, false])
  t.strictSame(flagged({ images, nsfw_content_detected: true }), [true, true])
  t.strictSame(flagged({ image: file('0.png'), has_nsfw_concepts: [true] }), [true])
  t.strictSame(flagged({ images }), [false, false])
})
