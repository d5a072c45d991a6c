/** `Prefer: wait=N` is read leniently, bounded, and never an error. */
import t from 'tap'
import { waitPreferred } from '../../../src/http/requests/prefer-header.ts'

const cases: [string | string[] | undefined, number | null][] = [
  [undefined, null],
  ['', null],
  ['wait=10', 10],
  ['respond-async, wait=10', 10],
  ['WAIT = "7"', 7],
  ['wait=0', 0],
  ['wait=600', 60],
  ['wait=-1', null],
  ['wait=1.5', null],
  ['wait', null],
  ['await=3', null],
  [['respond-async', 'wait=4'], 4],
  ['wait=5, wait=9', 5],
]
for (const [header, seconds] of cases) {
  t.test(`${JSON.stringify(header)} → ${seconds}`, async (t) => {
    t.equal(waitPreferred(header), seconds)
  })
}
