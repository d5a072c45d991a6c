/** A misspelt name is told the one it was meant to be; a name that is like nothing is told nothing. */
import t from 'tap'
import { closestName } from '../../src/domain/closest-name.ts'
import { startJobBench } from '../http/job-bench.ts'

const fields = ['prompt', 'negativePrompt', 'aspectRatio', 'seed', 'fps', 'numOutputs']

t.test('slips and other spellings lead to the name, nothing else does', async (t) => {
  for (const [given, meant] of [
    ['promt', 'prompt'],
    ['Prompt', 'prompt'],
    ['aspect_ratio', 'aspectRatio'],
    ['num_output', 'numOutputs'],
    ['sed', 'seed'],
    ['x', null],
    ['webhookUrl', null],
    ['', null],
    ['prompt'.repeat(1_000), null],
  ] as const) {
    t.equal(closestName(given, fields), meant, given.slice(0, 20))
  }
})

t.test('a create with a misspelt field is told which one was meant, in a batch too', async (t) => {
  const bench = await startJobBench(t)
  const body = { model: 'flux-schnell', prompt: 'a pier', aspect_ratio: '16:9' }
  const single = await bench.checked('POST', '/api/jobs', body)
  t.equal(single.status, 422)
  t.same(single.body.errors, [
    {
      pointer: '/aspect_ratio',
      message:
        'Unknown field "aspect_ratio". It is FAL\'s name: write "aspectRatio", or put it into "input".',
      code: 'unknown_field',
    },
  ])
  const batch = await bench.checked('POST', '/api/jobs/batch', { jobs: [body] })
  t.match(batch.body.data[0].problem.detail, /write "aspectRatio"/)
  const query = await bench.checked('GET', '/api/jobs?modle=flux-schnell')
  t.match(query.body.detail, /Did you mean "model"\?/)
})
