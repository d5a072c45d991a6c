/** Submit once: whatever the database and the engine do around the one POST, FAL gets one, and its answer is not lost. */
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import { toId } from '../../../src/domain/ids.ts'
import type { Job } from '../../../src/domain/job.ts'
import { makeSubmitJob } from '../../../src/jobs/run/submit-job.ts'
import type { SubmitAnswer } from '../../../src/ports/fal.ts'
import type { JobStore } from '../../../src/ports/job-store.ts'
import { ClaimLostError, type Task } from '../../../src/ports/tasks.ts'
import { creation, request } from '../../domain/sample-job.ts'
import { quiet } from '../../infra/fal/key-server.ts'
import { openStore } from '../../support/store.ts'

/** What FAL is asked and what it says; what the store does to each record, by its number from 1. */
interface Script {
  answer?: SubmitAnswer | (() => Promise<SubmitAnswer>)
  record?: (count: number, run: () => Promise<unknown>) => Promise<unknown>
  job?: Partial<Job>
  giveUpMs?: number
}

const accepted: SubmitAnswer = {
  type: 'accepted',
  request: { ...request, requestId: newUuid() },
  keyFallback: false,
}
const later: SubmitAnswer = { type: 'later', reason: '503', code: 'FAL_UNAVAILABLE', retryAfterSeconds: null }

async function setUp(t: Test, script: Script = {}) {
  const bench = await openStore(t)
  const id = toId('job', newUuid())
  const base = { id, clientId: bench.key.clientId, reservedMicros: 0, createdAt: Date.now() }
  await bench.store.create(creation({ ...base, ...script.job }), null)
  let posts = 0
  let records = 0
  const errors: string[] = []
  const store: Pick<JobStore, 'get' | 'input' | 'record'> = {
    get: bench.store.get,
    input: bench.store.input,
    async record(...given) {
      records += 1
      let recorded: Awaited<ReturnType<JobStore['record']>> = null
      const run = async () => {
        recorded = await bench.store.record(...given)
      }
      await (script.record ?? ((_count, go) => go()))(records, run)
      return recorded
    },
  }
  const submit = makeSubmitJob({
    store,
    fal: {
      async submit() {
        posts += 1
        const answer = script.answer ?? accepted
        return typeof answer === 'function' ? answer() : answer
      },
    },
    clock: { now: Date.now },
    random: () => 0.5,
    ruleCost: () => null,
    log: { ...quiet, error: (_fields, text) => void errors.push(text) },
    webhookUrl: () => null,
    giveUpMs: script.giveUpMs ?? 60_000,
  })
  return {
    submit,
    store: bench.store,
    job: () => bench.store.get(id),
    posts: () => posts,
    errors,
    task: (changes: Partial<Task> = {}): Task => ({
      queue: 'submit',
      id: 'task',
      subject: id,
      retryCount: 0,
      signal: new AbortController().signal,
      ...changes,
    }),
  }
}

const gone = Object.assign(new Error('Connection terminated unexpectedly'), { code: '57P01' })

t.test(
  'an intent whose commit was not confirmed is recognized as our own, and the job is sent once',
  async (t) => {
    const { submit, task, job, posts } = await setUp(t, {
      record: async (count, run) => {
        await run()
        if (count === 1) throw gone
      },
    })
    await submit(task())
    t.equal(posts(), 1)
    t.match(await job(), { status: 'running', submitAttempts: 1 })
  },
)

t.test('an intent that was not written is not sent', async (t) => {
  const { submit, task, job, posts } = await setUp(t, {
    record: async (count, run) => {
      if (count === 1) throw gone
      await run()
    },
  })
  await t.rejects(submit(task()), { code: '57P01' })
  t.equal(posts(), 0)
  t.match(await job(), { status: 'pending', submission: 'unsent' })
  await submit(task({ retryCount: 1 }))
  t.match(await job(), { status: 'running' })
})

const full = Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' })
const crowded = new Error('timeout exceeded when trying to connect')

t.test(
  "FAL's answer is saved again and again while the database is away, full or out of connections",
  async (t) => {
    const { submit, task, job, posts } = await setUp(t, {
      record: async (count, run) => {
        if (count >= 2 && count <= 4) throw [gone, full, crowded][count - 2]
        await run()
      },
    })
    await submit(task())
    t.equal(posts(), 1)
    t.match(await job(), {
      status: 'running',
      requestId: accepted.type === 'accepted' ? accepted.request.requestId : '',
    })
  },
)

for (const [name, answer, expected] of [
  ['an acceptance', accepted, { status: 'running', submission: 'accepted' }],
  ['a "come back later"', later, { status: 'pending', submission: 'unsent' }],
  ['an unclear end', { type: 'uncertain', reason: 'cut' }, { status: 'pending', submission: 'uncertain' }],
  [
    'a refusal',
    { type: 'refused', error: { code: 'FAL_REJECTED', message: 'no', retryable: false } },
    { status: 'failed', submission: 'unsent' },
  ],
] as [string, SubmitAnswer, Partial<Job>][]) {
  t.test(`${name} is saved although the task was taken over meanwhile`, async (t) => {
    const { submit, task, job, posts } = await setUp(t, {
      answer,
      record: async (count, run) => {
        if (count === 2) throw new ClaimLostError([])
        await run()
      },
    })
    await submit(task())
    t.equal(posts(), 1)
    t.match(await job(), expected)
  })
}

t.test('a refusal that only the operator can mend is told in the log, others are not', async (t) => {
  for (const [code, told] of [
    ['FAL_AUTH', ['FAL refuses the account']],
    ['FAL_BALANCE', ['FAL refuses the account']],
    ['CONTENT_POLICY', []],
  ] as const) {
    const answer: SubmitAnswer = { type: 'refused', error: { code, message: 'no', retryable: false } }
    const { submit, task, job, errors } = await setUp(t, { answer })
    await submit(task())
    t.match(await job(), { status: 'failed', error: { code } })
    t.strictSame(errors, told)
  }
})

t.test('a model that is offline is tried for a day, then told as such', async (t) => {
  const day = 24 * 3_600_000
  const answer: SubmitAnswer = {
    type: 'later',
    code: 'MODEL_OFFLINE',
    reason: 'FAL answered 503: Application is not available.',
    retryAfterSeconds: null,
  }
  const fresh = await setUp(t, { answer, giveUpMs: 7 * day })
  await fresh.submit(fresh.task())
  t.match(await fresh.job(), { status: 'pending', submission: 'unsent' })
  const old = await setUp(t, { answer, giveUpMs: 7 * day, job: { createdAt: Date.now() - day + 5_000 } })
  await old.submit(old.task())
  t.match(await old.job(), {
    status: 'failed',
    error: { code: 'MODEL_OFFLINE', retryable: true, details: [{ msg: answer.reason }] },
  })
})

t.test('a run that takes over a dead one looks for the request instead of sending again', async (t) => {
  const { submit, task, job, posts } = await setUp(t, {
    record: async (count, run) => {
      if (count === 1) return run()
      // Everything after the POST is lost with the process.
      if (count === 2) throw new ClaimLostError([])
      if (count === 3) throw new TypeError('the process is gone')
      return run()
    },
  })
  await t.rejects(submit(task()), TypeError)
  t.match(await job(), { submission: 'sending' })
  await submit(task({ retryCount: 1 }))
  t.equal(posts(), 1)
  t.match(await job(), { status: 'pending', submission: 'uncertain' })
})

t.test('another task leaves a job that is being sent to its sender', async (t) => {
  const sending = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<SubmitAnswer>()
  const { submit, task, job, posts } = await setUp(t, {
    answer: () => {
      sending.resolve()
      return answered.promise
    },
  })
  const first = submit(task())
  await sending.promise
  await submit(task({ id: 'another' }))
  t.match(await job(), { submission: 'sending' }, 'not uncertain: somebody is at it')
  answered.resolve(later)
  await first
  t.equal(posts(), 1)
  t.match(await job(), { status: 'pending', submission: 'unsent' })
})

t.test(
  'the word of a run that was taken for lost still counts: surely not accepted is sent again',
  async (t) => {
    const sending = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<SubmitAnswer>()
    const { submit, task, job } = await setUp(t, {
      answer: () => {
        sending.resolve()
        return answered.promise
      },
    })
    const first = submit(task())
    await sending.promise
    await submit(task({ retryCount: 1 }))
    t.match(await job(), { submission: 'uncertain' })
    answered.resolve(later)
    await first
    t.match(await job(), { status: 'pending', submission: 'unsent', uncertainSince: null })
  },
)

t.test('a request id that another job has does not make the saving spin', async (t) => {
  const violated = Object.assign(new Error('duplicate key'), { code: '23505' })
  let saves = 0
  const { submit, task } = await setUp(t, {
    record: async (count, run) => {
      if (count === 1) return run()
      saves += 1
      throw violated
    },
  })
  await t.rejects(submit(task()), { code: '23505' })
  t.equal(saves, 1)
})

t.test(
  'a job is not sent after its deadline, and nobody waits longer for a retry than until then',
  async (t) => {
    const { submit, task, job, posts } = await setUp(t, { job: { deadlineAt: Date.now() - 1 } })
    await submit(task())
    t.equal(posts(), 0)
    t.match(await job(), { status: 'failed', error: { code: 'DEADLINE' } })
  },
)
