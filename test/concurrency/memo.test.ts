/** What look-ups found is kept within bounds of time and count; a crowd shares one look-up, and a failure is not kept. */
import t from 'tap'
import { BoundedMap } from '../../src/concurrency/bounded-map.ts'
import { createMemo, type MemoOptions } from '../../src/concurrency/memo.ts'

function bench(options: Partial<MemoOptions<number>> = {}) {
  const time = { now: 0 }
  const memo = createMemo<number>({ clock: { now: () => time.now }, atMost: 3, freshMs: 100, ...options })
  const looked: string[] = []
  const get = (key: string, value: number | Promise<number>) =>
    memo.get(key, async () => {
      looked.push(key)
      return value
    })
  return { time, memo, looked, get }
}

t.test('callers of the same moment share one look-up, and a fresh value needs none', async (t) => {
  const { time, looked, get } = bench()
  t.strictSame(await Promise.all([get('a', 1), get('a', 2), get('a', 3)]), [1, 1, 1])
  time.now = 99
  t.equal(await get('a', 4), 1)
  time.now = 100
  t.equal(await get('a', 5), 5)
  t.strictSame(looked, ['a', 'a'])
})

t.test('a value is as old as the beginning of its look-up', async (t) => {
  const { time, get } = bench()
  const slow = Promise.withResolvers<number>()
  const first = get('a', slow.promise)
  time.now = 60
  slow.resolve(1)
  await first
  time.now = 100
  t.equal(await get('a', 2), 2)
})

t.test('a failed look-up is reported to those who share it, and the next caller tries again', async (t) => {
  const { get } = bench()
  const failed = Promise.reject(new Error('away'))
  const results = await Promise.allSettled([get('a', failed), get('a', 1)])
  t.strictSame(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  t.equal(await get('a', 2), 2)
})

t.test('a failed look-up leaves the stale value in place', async (t) => {
  const { time, memo, get } = bench()
  await get('a', 1)
  time.now = 100
  await t.rejects(get('a', Promise.reject(new Error('away'))))
  t.equal(memo.peek('a'), 1)
  let given: number | undefined
  await memo.get('a', async (stale) => {
    given = stale
    return 2
  })
  t.equal(given, 1, 'a look-up is told the stale value')
})

t.test('beyond the limit the value looked up longest ago is forgotten, and only that', async (t) => {
  const { time, memo, get } = bench()
  for (const [index, key] of ['a', 'b', 'c'].entries()) await get(key, index)
  time.now = 100
  await get('a', 10)
  await get('d', 11)
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((key) => memo.peek(key)),
    [10, undefined, 2, 11],
  )
})

t.test(
  'how long a value is fresh may depend on it, and one that is fresh for no time is not kept',
  async (t) => {
    const { memo, get } = bench({ freshMs: (value) => value })
    await get('a', 50)
    t.equal(memo.peek('a'), 50)
    memo.expire()
    await get('a', 0)
    t.equal(memo.peek('a'), undefined, 'nor is the value it replaces')
  },
)

t.test('after an expiry nobody is given what was asked for before', async (t) => {
  const { memo, looked, get } = bench()
  const slow = Promise.withResolvers<number>()
  const early = get('a', slow.promise)
  memo.expire()
  t.equal(await get('a', 2), 2, 'a caller after it does not share the look-up under way')
  slow.resolve(1)
  t.equal(await early, 1)
  t.equal(await get('a', 3), 2, 'the late answer does not replace the newer one')
  memo.expire()
  t.equal(memo.peek('a'), 2, 'stale, not forgotten')
  t.equal(await get('a', 4), 4)
  t.strictSame(looked, ['a', 'a', 'a'])
})

t.test('a late answer from before an expiry is stale when nothing newer is known', async (t) => {
  const { memo, get } = bench()
  const slow = Promise.withResolvers<number>()
  const early = get('a', slow.promise)
  memo.expire()
  slow.resolve(1)
  await early
  t.equal(memo.peek('a'), 1)
  t.equal(await get('a', 2), 2)
})

t.test('a bounded map drops its oldest entry; a write makes an entry new', async (t) => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4)
  t.strictSame(
    [...map],
    [
      ['a', 3],
      ['c', 4],
    ],
  )
})
