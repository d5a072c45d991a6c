/** What repeats is said once in a while, with how often it happened; what is new is said at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { throttledLog } from '../../src/concurrency/log-throttle.ts'

t.test('a thousand of the same are one line, and the next tells how many', async (t) => {
  const said: [string, number][] = []
  const everyMs = 200
  const tell = throttledLog<string>({
    everyMs,
    keyOf: (text) => text,
    say: (text, unsaid) => said.push([text, unsaid]),
  })
  for (let n = 0; n < 1_000; n++) tell('away')
  tell('another')
  t.strictSame(said, [
    ['away', 0],
    ['another', 0],
  ])
  await sleep(everyMs)
  tell('away')
  t.strictSame(said.at(-1), ['away', 999])
})

t.test('things that are never the same do not pile up', async (t) => {
  let said = 0
  const tell = throttledLog<number>({ everyMs: 60_000, keyOf: String, say: () => said++ })
  for (let n = 0; n < 1_000; n++) tell(n)
  t.equal(said, 1_000)
})
