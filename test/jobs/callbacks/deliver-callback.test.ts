/** What follows from each way a try can end, without waiting for the schedule: the verdict that would be kept. */
import t from 'tap'
import { makeDeliverCallback } from '../../../src/jobs/callbacks/deliver-callback.ts'
import type { Callback, CallbackAnswer, CallbackVerdict } from '../../../src/ports/callbacks.ts'
import type { Task } from '../../../src/ports/tasks.ts'

const pending: Callback = {
  id: 'cb_1',
  clientId: 'cli_1',
  jobId: 'job_1',
  type: 'job.completed',
  url: 'https://example.com/hook',
  payload: '{}',
  state: 'pending',
  attempts: 0,
  roundAttempts: 0,
  askedAgain: false,
  taskId: 'task-1',
  nextAttemptAt: 0,
  lastStatus: null,
  lastError: null,
  createdAt: 0,
  deliveredAt: null,
}

interface World {
  callback?: Partial<Callback> | null
  answer?: CallbackAnswer
  disabled?: boolean
  busy?: boolean
  aborted?: boolean
}

const answered = (status: number, retryAfterSeconds: number | null = null): CallbackAnswer => ({
  type: 'answered',
  status,
  retryAfterSeconds,
  excerpt: 'said',
})

async function deliver(world: World) {
  const told = {
    sent: 0,
    closed: 0,
    deferred: 0,
    verdicts: [] as CallbackVerdict[],
    attempts: [] as unknown[],
  }
  const stop = new AbortController()
  if (world.aborted === true) stop.abort()
  const task: Task = { queue: 'callback', id: 'task-1', subject: 'cb_1', retryCount: 0, signal: stop.signal }
  const run = makeDeliverCallback({
    callbacks: {
      get: async () => (world.callback === null ? null : { ...pending, ...world.callback }),
      isDisabled: async () => world.disabled ?? false,
      secrets: async () => [{ secret: 'whsec_x', createdAt: 0, expiresAt: null }],
      settle: async (_callback, attempt, verdict) => {
        told.attempts.push(attempt)
        told.verdicts.push(verdict)
      },
      defer: async () => {
        told.deferred += 1
      },
      close: async () => {
        told.closed += 1
      },
    },
    sender: {
      send: async () => {
        told.sent += 1
        return world.answer ?? answered(200)
      },
    },
    slots: { take: async () => (world.busy === true ? null : () => {}) },
    clock: { now: () => 1_000 },
    random: () => 0.5,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })
  await run(task)
  return told
}

t.test('any 2xx is delivered', async (t) => {
  for (const status of [200, 201, 204, 299]) {
    const { verdicts, attempts } = await deliver({ answer: answered(status) })
    t.same(verdicts, [{ type: 'delivered' }])
    t.match(attempts, [{ status, error: null, answer: 'said' }])
  }
})

t.test('everything else is tried again by the schedule, until it ends', async (t) => {
  for (const status of [199, 301, 307, 400, 401, 404, 408, 500, 503]) {
    t.match(
      (await deliver({ answer: answered(status) })).verdicts,
      [{ type: 'again', inSeconds: 5 }],
      `${status}`,
    )
  }
  const silence = { type: 'unreachable' as const, error: 'No answer.' }
  const later = await deliver({ answer: silence, callback: { roundAttempts: 7, attempts: 7 } })
  t.match(later.verdicts, [{ type: 'again', inSeconds: 21_600, error: 'No answer.' }])
  t.match(later.attempts, [{ status: null, error: 'No answer.', answer: null }])
  const last = await deliver({ answer: silence, callback: { roundAttempts: 13, attempts: 40 } })
  t.match(last.verdicts, [{ type: 'given_up' }], 'the fourteenth was the last')
})

t.test('410 ends it at once, and Retry-After puts it off', async (t) => {
  t.match((await deliver({ answer: answered(410) })).verdicts, [{ type: 'given_up' }])
  t.match((await deliver({ answer: answered(429, 77) })).verdicts, [{ type: 'again', inSeconds: 77 }])
})

t.test('a task that is out of date sends nothing and closes', async (t) => {
  for (const callback of [
    null,
    { state: 'delivered' as const },
    { state: 'failed' as const },
    { taskId: 'task-2' },
  ]) {
    t.match(await deliver({ callback }), { sent: 0, closed: 1, verdicts: [] })
  }
})

t.test('a disabled endpoint is not called, unless the client asked for it', async (t) => {
  const refused = await deliver({ disabled: true })
  t.match(refused, { sent: 0, attempts: [null], verdicts: [{ type: 'given_up' }] })
  t.match(await deliver({ disabled: true, callback: { askedAgain: true } }), { sent: 1 })
})

t.test('a receiver with all its slots taken is tried later without counting', async (t) => {
  t.match(await deliver({ busy: true }), { sent: 0, deferred: 1, verdicts: [] })
})

t.test('interrupted by shutdown is no failed try, but an answer that came is kept', async (t) => {
  const cut = { type: 'unreachable' as const, error: 'cut' }
  await t.rejects(deliver({ aborted: true, answer: cut }), { name: 'AbortError' })
  t.match((await deliver({ aborted: true })).verdicts, [{ type: 'delivered' }])
})
