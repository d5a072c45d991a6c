/** Downloads are bounded in all and by host, nobody is starved, and who gives up leaves no trace. */
import fc from 'fast-check'
import t from 'tap'
import { createDownloadSlots } from '../../../src/infra/outbound/download-slots.ts'

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
            const release = await slots.take(host)
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
  const first = await slots.take('busy')
  const second = slots.take('busy')
  const other = await slots.take('free')
  first()
  const late = await second
  t.pass('the next of the busy host follows')
  other()
  late()
})

t.test('a wait ends with its signal, and its place goes to the next', async (t) => {
  const slots = createDownloadSlots({ total: 1, perHost: 1 })
  const release = await slots.take('a')
  const stop = new AbortController()
  const abandoned = slots.take('a', stop.signal)
  const next = slots.take('a')
  stop.abort()
  await t.rejects(abandoned, { name: 'ArchiveError', trouble: 'later' })
  await t.rejects(slots.take('a', AbortSignal.abort()), { name: 'ArchiveError', trouble: 'later' })
  release()
  ;(await next)()
})
