/** Waiting for jobs: many waiters cost one read, a lost hint costs seconds and not the event, stopping ends every wait. */
import { EventEmitter } from 'node:events'
import t from 'tap'
import { createJobWatch } from '../../../src/jobs/read/job-watch.ts'
import type { JobHead } from '../../../src/ports/job-store.ts'

function setUp(safetyPollMs = 60_000) {
  const hints = new EventEmitter()
  const heads = new Map<string, JobHead>()
  const reads: string[][] = []
  const eventReads: string[] = []
  const warnings: string[] = []
  const state = { broken: false }
  const watch = createJobWatch({
    store: {
      async heads(ids) {
        reads.push([...ids])
        if (state.broken) throw new Error('away')
        return ids.flatMap((id) => heads.get(id) ?? [])
      },
      async events(jobId, { afterSeq }) {
        eventReads.push(`${jobId}>${afterSeq}`)
        return []
      },
    },
    signals: {
      subscribe(topic, listener) {
        hints.on(topic, listener)
        return () => hints.off(topic, listener)
      },
    },
    log: { warn: (_fields, message) => warnings.push(message) },
    safetyPollMs,
  })
  const set = (id: string, status: JobHead['status']) =>
    heads.set(id, {
      id,
      status,
      archiveStatus: 'none',
      eventSeq: 1,
      submittedAt: null,
      expectedSeconds: null,
    })
  const turn = () => new Promise((settle) => setImmediate(() => setImmediate(() => setImmediate(settle))))
  return { watch, hints, reads, eventReads, warnings, state, set, turn }
}

t.test('a thousand waiters for one job are one read per change', async (t) => {
  const { watch, hints, reads, set, turn } = setUp()
  set('a', 'running')
  const waits = Array.from({ length: 1_000 }, () => watch.untilFinal('a', { timeoutMs: 60_000 }))
  await turn()
  t.same(reads, [['a']])
  set('a', 'completed')
  for (let n = 0; n < 50; n++) hints.emit('job', 'a')
  await Promise.all(waits)
  t.same(reads, [['a'], ['a']])
  hints.emit('job', 'a')
  await turn()
  t.equal(reads.length, 2, 'nobody waits any longer: nothing is read')
  watch.close()
})

t.test('changes of many jobs at once are read together', async (t) => {
  const { watch, reads, set } = setUp()
  const ids = Array.from({ length: 1_200 }, (_, n) => `job ${n}`)
  for (const id of ids) set(id, 'failed')
  await Promise.all(ids.map((id) => watch.untilFinal(id, { timeoutMs: 60_000 })))
  t.same(
    reads.map((read) => read.length),
    [500, 500, 200],
  )
  watch.close()
})

t.test('a hint for anything is for everything', async (t) => {
  const { watch, hints, set, turn } = setUp()
  set('a', 'running')
  const wait = watch.untilFinal('a', { timeoutMs: 60_000 })
  await turn()
  set('a', 'canceled')
  hints.emit('job', null)
  await wait
  t.pass('woken')
  watch.close()
})

t.test('a lost hint is made good by the safety look, also after a failed read', async (t) => {
  const { watch, set, turn, state, warnings } = setUp(20)
  set('a', 'running')
  const wait = watch.untilFinal('a', { timeoutMs: 60_000 })
  await turn()
  state.broken = true
  while (warnings.length === 0) await turn()
  state.broken = false
  set('a', 'completed')
  await wait
  t.pass('woken without a hint')
  watch.close()
})

t.test('a wait ends with its time, its signal, its job and its process', async (t) => {
  const { watch, set } = setUp()
  set('a', 'running')
  await watch.untilFinal('a', { timeoutMs: 5 })
  const given = new AbortController()
  const aborted = watch.untilFinal('a', { timeoutMs: 60_000, signal: given.signal })
  given.abort()
  await aborted
  await watch.untilFinal('a', { timeoutMs: 60_000, signal: AbortSignal.abort() })
  await watch.untilFinal('no such job', { timeoutMs: 60_000 })
  const stopped = watch.untilFinal('a', { timeoutMs: 60_000 })
  watch.close()
  await stopped
  await watch.untilFinal('a', { timeoutMs: 60_000 })
  t.pass('all ended')
})

t.test('those who ask for the same page at once share one read', async (t) => {
  const { watch, eventReads } = setUp()
  await Promise.all([watch.events('a', 3), watch.events('a', 3), watch.events('a', 4)])
  await watch.events('a', 3)
  t.same(eventReads, ['a>3', 'a>4', 'a>3'])
  watch.close()
})

t.test('live heads are those that a live follower has seen', async (t) => {
  const { watch, set, turn } = setUp()
  set('a', 'running')
  set('b', 'running')
  const follower = { onHead: () => undefined, onEnd: () => undefined }
  watch.follow('a', follower)
  const unfollow = watch.follow('b', { ...follower, live: true })
  await turn()
  t.same(
    watch.liveHeads().map(({ id }) => id),
    ['b'],
  )
  unfollow()
  t.same(watch.liveHeads(), [])
  watch.close()
})
