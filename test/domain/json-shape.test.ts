/** The shape of a JSON text is measured as the parser would find it, whatever stands in its strings. */
import fc from 'fast-check'
import t from 'tap'
import { type ShapeLimits, shapeFault } from '../../src/domain/json-shape.ts'

const none: ShapeLimits = { values: Infinity, levels: Infinity, keyBytes: Infinity, numberLength: Infinity }
const faultOf = (text: string, limits: Partial<ShapeLimits>) =>
  shapeFault(Buffer.from(text), { ...none, ...limits })

t.test('the first limit exceeded is named', async (t) => {
  const rows: [string, Partial<ShapeLimits>, string | null][] = [
    ['[1,2,3]', { values: 4 }, null],
    ['[1,2,3,4]', { values: 4 }, 'values'],
    [`["${','.repeat(50)}"]`, { values: 2 }, null],
    ['[[[]]]', { levels: 3 }, null],
    ['[[[[]]]]', { levels: 3 }, 'levels'],
    [`["${'['.repeat(50)}"]`, { levels: 1 }, null],
    ['{"abc":1}', { keyBytes: 4 }, null],
    ['{"abcde" : 1}', { keyBytes: 4 }, 'keyBytes'],
    ['{"a":"abcdefgh"}', { keyBytes: 4 }, null],
    ['[123]', { numberLength: 3 }, null],
    ['[-1.25e+10]', { numberLength: 3 }, 'numberLength'],
    [`["${'1'.repeat(50)}"]`, { numberLength: 3 }, null],
    ['["a\\"[[[[,,,,"]', { values: 2, levels: 1 }, null],
    ['["a\\\\",1,2]', { values: 3 }, 'values'],
    ['"no end [[[[', { levels: 1 }, null],
    ['', { values: 1 }, null],
  ]
  for (const [text, limits, fault] of rows) t.equal(faultOf(text, limits), fault, text.slice(0, 30))
})

t.test('depth and longest key are those of the parsed value, and no value is counted twice', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), (value) => {
      const text = JSON.stringify(value)
      const { levels, keyBytes, values } = measure(JSON.parse(text))
      const holds =
        faultOf(text, { levels }) === null &&
        (levels === 0 || faultOf(text, { levels: levels - 1 }) === 'levels') &&
        (keyBytes === 0 || faultOf(text, { keyBytes: keyBytes - 1 }) === 'keyBytes') &&
        faultOf(text, { values: 2 * values }) === null &&
        (values < 3 || faultOf(text, { values: Math.floor((values - 1) / 2) }) === 'values')
      return holds
    }),
    { numRuns: 500 },
  )
})

function measure(value: unknown): { levels: number; keyBytes: number; values: number } {
  if (typeof value !== 'object' || value === null) return { levels: 0, keyBytes: 0, values: 1 }
  const keys = Array.isArray(value) ? [] : Object.keys(value).map((key) => JSON.stringify(key).length - 1)
  const members = Object.values(value).map(measure)
  return {
    levels: 1 + Math.max(0, ...members.map(({ levels }) => levels)),
    keyBytes: Math.max(0, ...keys, ...members.map(({ keyBytes }) => keyBytes)),
    values: 1 + members.reduce((sum, { values }) => sum + values, 0),
  }
}
