/** Watched jobs: only slow running ones are looked at sooner, never right after the submit, and never too many at once. */
import t from 'tap'
import { createLiveProgress } from '../../../src/jobs/read/live-progress.ts'
import type { JobHead } from '../../../src/ports/job-store.ts'

const now = 1_000_000
const slow: JobHead = {
  id: 'a',
  status: 'running',
  archiveStatus: 'none',
  eventSeq: 3,
  submittedAt: 0,
  expectedSeconds: 60,
}

function setUp(heads: JobHead[]) {
  const asked: { ids: readonly string[]; submittedBefore: number; delayMs: number }[] = []
  const live = createLiveProgress({
    watch: { liveHeads: () => heads },
    schedule: {
      async pollEarly(ids, options) {
        asked.push({ ids, ...options })
      },
    },
    clock: { now: () => now },
    log: { warn: () => undefined },
  })
  return { live, asked }
}

t.test(
  'a slow running job that somebody watches is looked at soon, but not right after its submit',
  async (t) => {
    const { live, asked } = setUp([slow])
    await live.runOnce()
    t.same(asked, [{ ids: ['a'], delayMs: 2_000, submittedBefore: now - 3_000 }])
  },
)

t.test('quick, pending and final jobs cause no look', async (t) => {
  const { live, asked } = setUp([
    { ...slow, expectedSeconds: 10 },
    { ...slow, expectedSeconds: null },
    { ...slow, status: 'pending', submittedAt: null },
    { ...slow, status: 'completed' },
  ])
  await live.runOnce()
  t.same(asked, [])
})

t.test('more than a round may ask for take turns', async (t) => {
  const heads = Array.from({ length: 250 }, (_, n) => ({ ...slow, id: `job ${n}` }))
  const { live, asked } = setUp(heads)
  for (let round = 0; round < 3; round++) await live.runOnce()
  t.ok(asked.every(({ ids }) => ids.length === 100))
  t.equal(new Set(asked.flatMap(({ ids }) => ids)).size, 250)
})
