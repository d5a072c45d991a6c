/** However many ask, the work is done once in its time and never twice at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { sharedFor } from '../../src/concurrency/shared-for.ts'

t.test('callers within the time share one answer, later ones get a new one', async (t) => {
  let made = 0
  const ask = sharedFor(40, async () => ++made)
  t.strictSame(await Promise.all([ask(), ask(), ask()]), [1, 1, 1])
  t.equal(await ask(), 1)
  await sleep(60)
  t.strictSame(await Promise.all([ask(), ask()]), [2, 2])
})

t.test('work that takes longer than its time is not begun again meanwhile', async (t) => {
  let made = 0
  const ends: (() => void)[] = []
  const ask = sharedFor(1, () => {
    made += 1
    return new Promise<void>((resolve) => ends.push(resolve))
  })
  const first = ask()
  await sleep(20)
  const second = ask()
  t.equal(made, 1)
  ends[0]?.()
  await Promise.all([first, second])
  void ask()
  t.equal(made, 2)
  ends[1]?.()
})

t.test('a failure is shared, too, and not kept for ever', async (t) => {
  let made = 0
  const ask = sharedFor(30, async () => {
    made += 1
    if (made === 1) throw new Error('away')
    return made
  })
  await t.rejects(ask(), { message: 'away' })
  await t.rejects(ask(), { message: 'away' })
  await sleep(40)
  t.equal(await ask(), 2)
})
