/** Slots per receiver: a slow one cannot take them all from the others, a quick one is waited for. */
import t from 'tap'
import { createReceiverSlots } from '../../../src/jobs/callbacks/receiver-slots.ts'

t.test('one origin gets so many slots, another its own', async (t) => {
  let now = 0
  const slots = createReceiverSlots({ each: 2, slowEach: 1, clock: { now: () => now } })
  const first = await slots.take('https://slow.test', 'a')
  await slots.take('https://slow.test', 'a')
  now = 5_000
  t.equal(await slots.take('https://slow.test', 'a'), null, 'slow: nobody waits for it')
  t.type(await slots.take('https://other.test', 'b'), 'function')
  first?.()
  t.type(await slots.take('https://slow.test', 'a'), 'function', 'given back')
})

t.test('a quick receiver is waited for a moment', async (t) => {
  const slots = createReceiverSlots({ each: 1, slowEach: 1, clock: { now: () => 0 } })
  const first = await slots.take('https://quick.test', 'a')
  const second = slots.take('https://quick.test', 'a')
  first?.()
  t.type(await second, 'function')
})

t.test('a client with many slow receivers leaves room for the others', async (t) => {
  let now = 0
  const slots = createReceiverSlots({ each: 2, slowEach: 1, clock: { now: () => now } })
  const first = await slots.take('https://one.test', 'greedy')
  await slots.take('https://two.test', 'greedy')
  now = 5_000
  t.equal(await slots.take('https://three.test', 'greedy'), null)
  t.type(await slots.take('https://three.test', 'modest'), 'function')
  first?.()
  t.type(await slots.take('https://three.test', 'greedy'), 'function', 'given back')
})

t.test('a receiver that let an attempt wait has few slots until it answers quickly', async (t) => {
  let now = 0
  const slots = createReceiverSlots({ each: 4, slowEach: 1, clock: { now: () => now } })
  const timedOut = await slots.take('https://slow.test', 'a')
  now = 15_000
  timedOut?.()
  const only = await slots.take('https://slow.test', 'a')
  now = 17_000
  t.equal(await slots.take('https://slow.test', 'b'), null, 'from any client')
  t.type(await slots.take('https://other.test', 'a'), 'function', 'quick receivers of the client go on')
  only?.()
  t.type(await slots.take('https://slow.test', 'a'), 'function')
  t.type(await slots.take('https://slow.test', 'a'), 'function', 'it answered within two seconds')
})

t.test('slow receivers of one client share its few slots', async (t) => {
  let now = 0
  const slots = createReceiverSlots({ each: 4, slowEach: 1, clock: { now: () => now } })
  for (const origin of ['https://one.test', 'https://two.test']) {
    const timedOut = await slots.take(origin, 'a')
    now += 15_000
    timedOut?.()
  }
  t.type(await slots.take('https://one.test', 'a'), 'function')
  now += 2_000
  t.equal(await slots.take('https://two.test', 'a'), null)
})
