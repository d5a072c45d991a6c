/** A sibling's parameters are those of its base but for what is said to differ; a difference that meets nothing is an error. */
import t from 'tap'
import type { Parameter } from '../../src/models/catalogue/entry.ts'
import { siblingParameters } from '../../src/models/catalogue/sibling.ts'

const parameters: Parameter[] = [
  { field: 'prompt', type: 'string' },
  { field: 'aspect_ratio', type: 'string' },
  { field: 'seed', type: 'integer' },
]

t.test('what differs stands where it belongs, all else is as it was', async (t) => {
  const own = siblingParameters(parameters, {
    without: ['aspect_ratio'],
    changed: [{ field: 'prompt', type: 'string', maxLength: 10 }],
    before: { seed: [{ field: 'image_url', type: 'string' }] },
    added: [{ field: 'loop', type: 'boolean' }],
  })
  t.strictSame(own, [
    { field: 'prompt', type: 'string', maxLength: 10 },
    { field: 'image_url', type: 'string' },
    { field: 'seed', type: 'integer' },
    { field: 'loop', type: 'boolean' },
  ])
  t.equal(parameters.length, 3)
})

t.test('a difference that names no field of the base is refused', async (t) => {
  const unknown: Parameter = { field: 'sed', type: 'integer' }
  for (const difference of [{ without: ['sed'] }, { changed: [unknown] }, { before: { sed: [unknown] } }])
    t.throws(() => siblingParameters(parameters, difference), /no parameter is called sed/)
})
