/** FAL's bill in exact decimals: what a binary fraction would round, and what is no amount at all. */
import fc from 'fast-check'
import t from 'tap'
import { decimalOf, decimalText, readDecimal } from '../../../src/domain/decimal.ts'
import { billMicros, billOf } from '../../../src/domain/money/bill.ts'

t.test('units times the unit price, to the micro-dollar', async (t) => {
  const rows: [units: string, priceUsd: number, micros: number][] = [
    ['1', 0.003, 3_000],
    ['4.0', 0.112, 448_000],
    ['0.92', 0.05, 46_000],
    ['3.008', 0.14, 421_120],
    // 84400.00000000001 as a product of binary fractions.
    ['8.439999999999998', 0.01, 84_400],
    ['38.8', 0.0112, 434_560],
    ['1.1', 0.02, 22_000],
    ['0.1', 0.00000001, 1],
    ['1e-05', 0.000175, 1],
    ['3', 1.7e-7, 1],
    ['0', 0.5, 0],
    ['12', 0, 0],
  ]
  for (const [units, price, micros] of rows) t.equal(billMicros(units, price), micros, `${units} × ${price}`)
})

t.test('what is no amount is none', async (t) => {
  for (const units of ['', 'many', '-1', '1.2.3', 'Infinity', 'NaN', '0x10', '1e99', '9'.repeat(60)])
    t.equal(billMicros(units, 1), null, units)
  for (const price of [-1, Number.NaN, Number.POSITIVE_INFINITY]) t.equal(billMicros('1', price), null)
  t.equal(billMicros('100000000', 100), null, 'ten billion dollars are an error')
})

t.test('a decimal keeps every digit there and back', async () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat(30), (digits, scale) => {
      const text = decimalText({ digits, scale })
      const back = readDecimal(text)
      if (back === null || decimalText(back) !== text) throw new Error(text)
      if (back.digits * 10n ** BigInt(scale) !== digits * 10n ** BigInt(back.scale)) throw new Error(text)
    }),
  )
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e20, noNaN: true }), (value) => {
      const read = decimalOf(value)
      return read === null ? value !== 0 && value < 1e-15 : Number(decimalText(read)) === value
    }),
  )
})

t.test('an amount without a source is a result of a price rule, as older versions stored it', async (t) => {
  t.equal(billOf({ actualMicros: 5, costSource: null }), null)
  t.equal(billOf({ actualMicros: 5, costSource: 'units' }), 5)
})
