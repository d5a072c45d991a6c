/** Downloads are bounded in all and by host, nobody is starved, and who gives up leaves no trace. */
import fc from 'fast-check'
import t from 'tap'
import { createDownloadSlots } from '../../../src/infra/outbound/download-slots.ts'

const at = (host: string, clientId = host, bytes: number | null = null) => ({ host, clientId, bytes })

t.test('never more at once than the limits say, and all get their turn, whatever the order', async () => {
  const plan = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(
      plan,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      async (hosts, total, perHost) => {
        const slots = createDownloadSlots({ total, perHost })
        const running: string[] = []
        let done = 0
        await Promise.all(
          hosts.map(async (host) => {
            const release = await slots.take(at(host))
            running.push(host)
            if (running.length > total) throw new Error('too many')
            if (running.filter((one) => one === host).length > perHost) throw new Error(`too many of ${host}`)
            await Promise.resolve()
            running.splice(running.indexOf(host), 1)
            done += 1
            release()
            release()
          }),
        )
        return done === hosts.length && running.length === 0
      },
    ),
  )
})

t.test('who waits for a busy host does not hold up another', async (t) => {
  const slots = createDownloadSlots({ total: 2, perHost: 1 })
  const first = await slots.take(at('busy'))
  const second = slots.take(at('busy'))
  const other = await slots.take(at('free'))
  first()
  const late = await second
  t.pass('the next of the busy host follows')
  other()
  late()
})

t.test('a wait ends with its signal, and its place goes to the next', async (t) => {
  const slots = createDownloadSlots({ total: 1, perHost: 1 })
  const release = await slots.take(at('a'))
  const stop = new AbortController()
  const abandoned = slots.take(at('a'), stop.signal)
  const next = slots.take(at('a'))
  stop.abort()
  await t.rejects(abandoned, { name: 'ArchiveError', trouble: 'later' })
  await t.rejects(slots.take(at('a'), AbortSignal.abort()), { name: 'ArchiveError', trouble: 'later' })
  release()
  ;(await next)()
})

t.test('a free slot goes to the client with the fewest downloads, and small files go first', async (t) => {
  const slots = createDownloadSlots({ total: 3, perHost: 3 })
  const running = [await slots.take(at('h', 'loud')), await slots.take(at('h', 'loud'))]
  const order: string[] = []
  const want = async (name: string, clientId: string, bytes: number | null) => {
    const release = await slots.take(at('h', clientId, bytes))
    order.push(name)
    setTimeout(release, 5)
  }
  const wanted = [
    want('large', 'loud', 1e9),
    want('small', 'loud', 10),
    want('first', 'quiet', null),
    want('second', 'quiet', null),
  ]
  await new Promise((settle) => setTimeout(settle, 30))
  t.strictSame(order, ['first', 'second'], 'although the others came before')
  for (const release of running) release()
  await Promise.all(wanted)
  t.strictSame(order, ['first', 'second', 'small', 'large'])
})

t.test('slow downloads make way, within the lane for slow ones', async (t) => {
  const awake = setInterval(() => undefined, 1_000)
  t.teardown(() => clearInterval(awake))
  const slots = createDownloadSlots({ total: 4, perHost: 4, slowAfterMs: 20 })
  const slow = await Promise.all([1, 2, 3].map(() => slots.take(at('h', 'slow'))))
  // One of the two places for slow ones is this client's.
  const first = await slots.take(at('h', 'other'))
  const second = await slots.take(at('h', 'other'))
  t.pass('a slow one has left its slot')
  const third = slots.take(at('h', 'third'))
  third.catch(() => undefined)
  first()
  ;(await third)()
  second()
  for (const release of slow) release()
  const all = await Promise.all([1, 2, 3].map(() => slots.take(at('h', 'late'))))
  for (const release of all) release()
})
