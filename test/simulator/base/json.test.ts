/** JSON: what goes in comes out, integers above 2^53 included, and Python's form is sorted and spaced. */

import fc from 'fast-check'
import t from 'tap'
import { parseJson, toJson, toPythonJson } from '../../../src/simulator/base/json.ts'

t.test('compact JSON is what JSON.stringify writes', async () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      (value) => toJson(parseJson(JSON.stringify(value))) === JSON.stringify(value),
    ),
  )
})

t.test('integers above 2^53 survive a round trip', async () => {
  fc.assert(
    fc.property(fc.bigInt(), (value) => toJson(parseJson(`{"seed":${value}}`)) === `{"seed":${value}}`),
  )
})

t.test(
  'the form of Python: sorted keys at every level, spaces after comma and colon, UTF-8 as it is',
  async (t) => {
    const text = toPythonJson({ b: [1, { z: null, a: 'é' }], a: true, seed: 17454220438242315174n })
    t.equal(text, '{"a": true, "b": [1, {"a": "é", "z": null}], "seed": 17454220438242315174}')
  },
)
