/** Inputs are refused in FAL's own form, at the result and in the webhook, never at submit. */

import t from 'tap'
import { findModel } from '../../../src/simulator/models/catalogue.ts'
import { checkInput } from '../../../src/simulator/models/check-input.ts'
import type { ModelEntry } from '../../../src/simulator/models/data/model-entry.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, startReceiver, submit, until } from '../fal-caller.ts'

const flux = modelNamed('fal-ai/flux/dev')
const seedvr = modelNamed('fal-ai/seedvr/upscale/video')
const pixverse = modelNamed('fal-ai/pixverse/v5/text-to-video')

function modelNamed(id: string): ModelEntry {
  const model = findModel(id)
  if (!model) throw new Error(`No model ${id}`)
  return model
}

t.test('a missing, a wrong and an out-of-range field each give their type, place and limit', async (t) => {
  const cases = [
    [{}, 'missing', ['body', 'prompt'], undefined],
    [{ prompt: 7 }, 'string_type', ['body', 'prompt'], undefined],
    [{ prompt: null }, 'string_type', ['body', 'prompt'], undefined],
    [{ prompt: 'x', num_images: 9 }, 'less_than_equal', ['body', 'num_images'], { le: 4 }],
    [{ prompt: 'x', num_images: 0 }, 'greater_than_equal', ['body', 'num_images'], { ge: 1 }],
    [{ prompt: 'x', num_images: 1.5 }, 'int_type', ['body', 'num_images'], undefined],
    [{ prompt: 'x', sync_mode: 'yes' }, 'bool_type', ['body', 'sync_mode'], undefined],
    [
      { prompt: 'x', image_size: { width: 0, height: 9 } },
      'greater_than',
      ['body', 'image_size', 'width'],
      { gt: 0 },
    ],
    [
      { prompt: 'x', output_format: 'gif' },
      'one_of',
      ['body', 'output_format'],
      { expected: ['jpeg', 'png'] },
    ],
  ] as const
  for (const [input, type, loc, ctx] of cases) {
    t.match(checkInput(flux, input), [{ type, loc, ...(ctx && { ctx }) }], JSON.stringify(input))
  }
  const step = { video_url: 'https://x/y.mp4', noise_scale: 0.1234 }
  t.match(checkInput(seedvr, step), [{ type: 'multiple_of', ctx: { multiple_of: 0.001 } }])
  t.match(checkInput(flux, []), [{ loc: ['body'], type: 'dict_type' }])
})

t.test('unknown fields are ignored, nullable ones may be null, a big seed is an integer', async (t) => {
  t.strictSame(checkInput(flux, { prompt: 'x', what: 1, seed: null }), [])
  t.strictSame(checkInput(flux, { prompt: 'x', seed: 17454220438242315174n }), [])
})

t.test('the length of a text is counted in characters, of which an emoji is one', async (t) => {
  const luma = modelNamed('fal-ai/luma-dream-machine/ray-2')
  t.strictSame(checkInput(luma, { prompt: '🌊'.repeat(5000) }), [])
  t.match(checkInput(luma, { prompt: '🌊'.repeat(5001) }), [{ type: 'string_too_long' }])
  t.match(checkInput(luma, { prompt: '🌊🌊' }), [{ type: 'string_too_short' }])
})

t.test('fields that exclude each other are refused together only', async (t) => {
  t.match(checkInput(pixverse, { prompt: 'x', resolution: '1080p', duration: '8' }), [
    { loc: ['body', 'duration'] },
  ])
  t.strictSame(checkInput(pixverse, { prompt: 'x', resolution: '1080p' }), [])
  t.strictSame(checkInput(pixverse, { prompt: 'x', duration: '8' }), [])
})

t.test('a wrong input is accepted at submit and refused by result and webhook alike', async (t) => {
  const simulator = await startSimulator()
  const receiver = await startReceiver()
  t.teardown(() => simulator.close())
  t.teardown(() => receiver.close())
  const { statusCode, body } = await submit(
    simulator,
    'fal-ai/veo3',
    { duration: 8 },
    { webhook: receiver.url },
  )
  t.equal(statusCode, 200)
  simulator.clock.advance(2)
  const result = await call(String(body.response_url))
  t.equal(result.statusCode, 422)
  const detail = [
    { type: 'missing' },
    { type: 'string_type', url: 'https://docs.fal.ai/errors/#string_type' },
  ]
  t.match(result.body, { detail })
  const received = await until(() => receiver.received[0], 'the webhook')
  t.match(received.body, { status: 'ERROR', error: 'Invalid status code: 422', payload: { detail } })
})
