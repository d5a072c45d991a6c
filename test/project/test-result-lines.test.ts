/** `npm test` ends with a line that says what passed, in the words that a reader and `.ci/run` expect. */
import t from 'tap'
import { coverageLine, resultLine } from '../support/test-result-lines.ts'

t.test('the last line counts what passed and failed, and what was skipped', async (t) => {
  const output = (totals: string) =>
    `ok 1 - a\n    # { total: 3, pass: 3 }\n1..1\n# { total: ${totals} }\n# time=1ms\n`
  t.equal(resultLine(output('12446, pass: 12444, skip: 2')), '12444 passed, 0 failed, 2 skipped')
  t.equal(resultLine(output('10, pass: 9, fail: 1')), '9 passed, 1 failed')
  t.equal(resultLine(output('3, pass: 3')), '3 passed, 0 failed')
})

t.test('a run that was cut off is not reported as passed', async (t) => {
  t.equal(resultLine('ok 1 - a\n    # { total: 3, pass: 3 }\n'), 'The test run ended without a result.')
  t.equal(coverageLine(''), 'The test run measured no coverage.')
})

t.test('coverage is one line', async (t) => {
  const total = { statements: { pct: 86.59 }, branches: { pct: 92.09 }, functions: { pct: 74.8 } }
  t.match(
    coverageLine(JSON.stringify({ total })),
    /^Coverage of the core [^\n]*: 86\.59 % of statements, 92\.09 % of branches, 74\.8 % of functions$/,
  )
})
