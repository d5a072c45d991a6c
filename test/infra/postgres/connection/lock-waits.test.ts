/** What waits for rows is bounded: by row, by client and in all; a row that stays locked is refused at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createLockWaits, RowHeldError } from '../../../../src/infra/postgres/connection/lock-waits.ts'
import { createWritePermits } from '../../../../src/infra/postgres/connection/write-permits.ts'

const timedOut = () => Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' })

/** Waiters of a pool of ten connections, each until it is ended. */
function crowd() {
  const waits = createLockWaits(10)
  const running = new Map<string, PromiseWithResolvers<string>>()
  const timeouts: string[] = []
  const wait = (row: string, clientId: string) => {
    const waited = waits.wait({ row, clientId }, (lockTimeout) => {
      timeouts.push(lockTimeout)
      const one = Promise.withResolvers<string>()
      running.set(row, one)
      return one.promise
    })
    waited.catch(() => undefined)
    return waited
  }
  return { waits, running, timeouts, wait }
}

const refused = async (t: Test, asked: Promise<unknown>, what: string) => {
  const begun = performance.now()
  await t.rejects(asked, RowHeldError, what)
  return performance.now() - begun
}

t.test('two places for one client, one more for another, the last for a short wait', async (t) => {
  const { wait, running, timeouts } = crowd()
  const [first, second] = [wait('1', 'a'), wait('2', 'a')]
  const third = wait('3', 'a')
  const other = wait('4', 'b')
  await sleep(10)
  t.strictSame([...running.keys()], ['1', '2', '4'])
  t.strictSame(timeouts, ['usual', 'usual', 'brief'])
  t.ok((await refused(t, third, 'no place came free')) < 4_000)
  const next = wait('5', 'a')
  running.get('1')?.resolve('done')
  t.equal(await first, 'done')
  await sleep(10)
  t.ok(running.has('5'), 'a place that comes free is passed on')
  for (const one of running.values()) one.resolve('done')
  t.strictSame(await Promise.all([second, other, next]), ['done', 'done', 'done'])
})

t.test(
  'a row has one waiter; when it times out, others are refused without a try for a moment',
  async (t) => {
    const { waits, wait, running } = crowd()
    const first = wait('1', 'a')
    const second = wait('1', 'a')
    await sleep(10)
    running.get('1')?.reject(timedOut())
    await t.rejects(first, { code: '55P03' })
    t.ok((await refused(t, second, 'it was queued behind it')) < 100)
    t.ok((await refused(t, wait('1', 'a'), 'and so is a later one')) < 100)
    t.ok(waits.isContended('1'))
    t.notOk(waits.isContended('2'))
    const next = wait('2', 'a')
    await sleep(1)
    running.get('2')?.reject(new Error('other'))
    await t.rejects(next, /other/)
    t.notOk(waits.isContended('2'), 'another error says nothing of the row')
  },
)

t.test(
  'those behind a waiter that gets nowhere are refused soon, those behind one that gets on are not',
  async (t) => {
    const { wait, running } = crowd()
    const first = wait('1', 'a')
    t.ok((await refused(t, wait('1', 'a'), 'it waited behind it')) < 4_000)
    t.ok((await refused(t, wait('1', 'a'), 'and a later one does not')) < 100)
    running.get('1')?.resolve('done')
    t.equal(await first, 'done')
    const all = Array.from({ length: 20 }, () => wait('1', 'a'))
    for (const one of all) {
      await sleep(40)
      running.get('1')?.resolve('done')
      t.equal(await one, 'done', 'in order, though together they took longer than one may wait')
    }
  },
)

t.test('a row that is usually free is used by two at once, in order, until it is held', async (t) => {
  const waits = createLockWaits(10)
  let running = 0
  let most = 0
  const order: number[] = []
  const use = (n: number) =>
    waits.expectFree('account', async () => {
      most = Math.max(most, ++running)
      order.push(n)
      await sleep(1)
      running--
      return n
    })
  const all = Array.from({ length: 30 }, (_, n) => n)
  t.strictSame(await Promise.all(all.map(use)), all)
  t.equal(most, 2)
  t.strictSame(order, all)
  let tries = 0
  const failing = all.map(() =>
    waits.expectFree('account', async () => {
      tries++
      await sleep(1)
      throw timedOut()
    }),
  )
  const answers = await Promise.allSettled(failing)
  t.ok(answers.every(({ status }) => status === 'rejected'))
  t.equal(tries, 2, 'only two found out')
})

t.test('a quarter of the pool is never taken by transactions', async (t) => {
  const permits = createWritePermits(10)
  const end = Promise.withResolvers<void>()
  let running = 0
  const all = Array.from({ length: 12 }, () =>
    permits.run(async () => {
      running++
      await end.promise
    }),
  )
  await sleep(1)
  t.equal(running, 8)
  t.equal(permits.waiting(), 4)
  end.resolve()
  await Promise.all(all)
  t.equal(running, 12)
  t.equal(permits.waiting(), 0)
})
