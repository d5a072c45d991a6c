/** No digit of a number is lost between FAL's body and our answer. */
import fc from 'fast-check'
import t from 'tap'
import { omitExact, parseExact, sliceExact } from '../../src/domain/exact-json.ts'

t.test('a seed above 2^53 survives reading, slicing and leaving out', async (t) => {
  const text =
    '{"status": "OK", "payload": {"seed": 17454220438242315174, "n": -9007199254740993, "x": 1.5e3, "big": 1e999}}'
  t.same(parseExact(text), {
    status: 'OK',
    payload: { seed: '17454220438242315174', n: '-9007199254740993', x: 1500, big: '1e999' },
  })
  t.equal(
    sliceExact(text, ['payload']),
    '{"seed":17454220438242315174,"n":-9007199254740993,"x":1500,"big":1e999}',
  )
  t.equal(sliceExact(text, ['payload', 'seed']), '17454220438242315174')
  t.equal(omitExact(text, new Set(['status'])), sliceExact(text, [])?.replace('"status":"OK",', ''))
})

t.test('a path into nothing is null', async (t) => {
  t.equal(sliceExact('{"a":{"b":1}}', ['a', 'c']), null)
  t.equal(sliceExact('{"a":1}', ['a', 'b']), null)
  t.equal(sliceExact('{}', ['toString']), null)
  t.equal(sliceExact('[{"a":null}]', ['0', 'a']), 'null')
  t.equal(omitExact('{"a":1}', new Set(['a'])), null)
  t.equal(omitExact('[1]', new Set()), null)
  t.throws(() => parseExact('{'), SyntaxError)
})

t.test('every integer keeps its digits, and every JSON value its meaning', async () => {
  fc.assert(fc.property(fc.bigInt(), (n) => sliceExact(`{"a":[${n}]}`, ['a']) === `[${n}]`))
  const digits = (most: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${most}}$`))
  fc.assert(
    fc.property(digits(330), fc.option(digits(4)), (mantissa, exponent) => {
      const source = exponent === null ? mantissa : `${mantissa}e${exponent}`
      const read = parseExact(`[${source}]`)
      const value = Number(source)
      const keeps = Number.isSafeInteger(value) || (exponent !== null && Number.isFinite(value))
      return Array.isArray(read) && read[0] === (keeps ? value : source)
    }),
    { numRuns: 2_000 },
  )
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      return JSON.stringify(JSON.parse(sliceExact(text, []) ?? '')) === JSON.stringify(JSON.parse(text))
    }),
  )
})
