/** The engine behind its three verbs: fenced closing, take-over of the dead, release at a stop, one waiting look per job. */

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/infra/postgres/connection/database.ts'
import { createSignals } from '../../src/infra/postgres/connection/signals.ts'
import { inTransaction, plain } from '../../src/infra/postgres/connection/transaction.ts'
import { schedulePeriodic } from '../../src/infra/postgres/maintenance/schedule-periodic.ts'
import type { Database } from '../../src/infra/postgres/rows/schema.ts'
import { ofEachQueue, type Task, type TaskQueue } from '../../src/ports/tasks.ts'
import { createEngine, type Engine } from '../../src/worker/engine.ts'
import { queueSettings } from '../../src/worker/queues.ts'
import type { TaskHandler } from '../../src/worker/task-handler.ts'
import { quiet } from '../infra/fal/key-server.ts'
import { createTestDatabase } from '../support/database.ts'
import { lockTasks, readTasks, silenceTasks, tasksByState } from '../support/engine-tables.ts'

async function setUp(t: Test) {
  const database = await createTestDatabase()
  const { db, close } = openDatabase({ url: database.url, size: 10, log: quiet })
  const engines: { engine: Engine; end(): Promise<void> }[] = []
  t.teardown(async () => {
    for (const { end } of engines) await end()
    await close()
    await database.drop()
  })
  return {
    db,
    url: database.url,
    /** Another process, as far as the database can tell. */
    async process(handlers: Partial<Record<TaskQueue, TaskHandler>>) {
      const signals = createSignals({ url: database.url, log: quiet })
      const engine = createEngine({ url: database.url, signals, log: quiet, poolSize: 12, supervise: true })
      await signals.start()
      await engine.start()
      const nothing: TaskHandler = async () => undefined
      await engine.work({ ...allQueues(nothing), ...handlers })
      let ended: Promise<void> | null = null
      const end = () => {
        ended ??= engine
          .rest(1_500)
          .then(() => engine.stop())
          .then(() => signals.close())
        return ended
      }
      engines.push({ engine, end })
      return { engine, end }
    },
    schedule: (engine: Engine, queue: TaskQueue, subjects: string[]) =>
      inTransaction(db, (trx) =>
        engine.schedule(
          plain(trx),
          subjects.map((subject) => ({ queue, subject, id: randomUUID() })),
        ),
      ).then(() => engine.wake([queue])),
    states: (queue: TaskQueue) => tasksByState(db, queue),
    silence: () => silenceTasks(db),
  }
}

const allQueues = (handler: TaskHandler) => ofEachQueue(() => handler)

/** Hands over what happens, in order. */
function channel<T>() {
  const stream = new PassThrough({ objectMode: true })
  return {
    put: (value: T) => void stream.write({ value }),
    async take(): Promise<T> {
      for (;;) {
        const item: { value: T } | null = stream.read()
        if (item !== null) return item.value
        await once(stream, 'readable')
      }
    },
  }
}

t.test(
  'a task whose worker fell silent runs elsewhere, and the first run can no longer close it',
  async (t) => {
    const { db, process, schedule, silence, states } = await setUp(t)
    const runs = channel<Task>()
    const gate = Promise.withResolvers<void>()
    const handler: TaskHandler = async (task) => {
      runs.put(task)
      await gate.promise
    }
    const a = await process({ archive: handler })
    await schedule(a.engine, 'archive', ['job_1'])
    const first = await runs.take()
    await silence()
    const second = await runs.take()
    t.equal(second.id, first.id)
    t.equal(second.retryCount, first.retryCount + 1)

    const close = (task: Task) => inTransaction(db, (trx) => a.engine.close(plain(trx), [task]))
    await t.rejects(close(first), { name: 'ClaimLostError' })
    await close(second)
    await t.rejects(close(second), { name: 'ClaimLostError' }, 'nor twice')
    gate.resolve()
    await a.end()
    t.strictSame(await states('archive'), { completed: 1 })
  },
)

t.test('a task that a stop interrupts is aborted, released, and runs elsewhere within seconds', async (t) => {
  const { process, schedule, states } = await setUp(t)
  const runs = channel<{ by: string; task: Task }>()
  const hang =
    (by: string): TaskHandler =>
    async (task) => {
      runs.put({ by, task })
      if (by === 'b') return
      const aborted = Promise.withResolvers<void>()
      task.signal.addEventListener('abort', () => aborted.reject(task.signal.reason), { once: true })
      await aborted.promise
    }
  const a = await process({ archive: hang('a') })
  await schedule(a.engine, 'archive', ['job_1'])
  t.equal((await runs.take()).by, 'a')
  await process({ archive: hang('b') })
  const begun = performance.now()
  await a.end()
  t.ok(performance.now() - begun < 4_000, 'the stop keeps to its time')
  const again = await runs.take()
  t.equal(again.by, 'b')
  t.ok(performance.now() - begun < 8_000, 'taken up within seconds')
  t.notOk(Object.hasOwn(await states('archive'), 'failed'), 'interrupted is not failed')
})

t.test(
  'a task that a worker fetched while it stopped is due again at once, and the others are told',
  async (t) => {
    const { db, url, process } = await setUp(t)
    const a = await process({})
    const told = channel<string | null>()
    const signals = createSignals({ url, log: quiet })
    await signals.start()
    t.teardown(() => signals.close())
    signals.subscribe('task', told.put)
    let stopped: Promise<void> | null = null
    // Queued behind the first fetch of every worker: behind the lock these would take all connections of the engine.
    await a.engine.countTasks()
    await inTransaction(db, async (trx) => {
      await a.engine.schedule(plain(trx), [{ queue: 'archive', subject: 'job_1', id: randomUUID() }])
      // The next look, which needs no hint, waits for the end of this transaction, and the stop comes before it.
      await lockTasks(trx)
      await fetching(db)
      stopped = a.end()
    })
    await stopped
    t.equal(await told.take(), 'archive')
    t.match(await readTasks(db, 'archive'), [{ state: 'retry', isDue: true }])

    const runs = channel<Task>()
    await process({ archive: async (task) => runs.put(task) })
    t.equal(
      (await runs.take()).retryCount,
      1,
      'a run of its own: what the stopped one might still do is fenced off',
    )
    t.equal((await readTasks(db, 'archive')).length, 1)
  },
)

/** Resolves when a worker waits for a lock to fetch from the archive's queue. @throws Error when none does within 20 s. */
async function fetching(db: Kysely<Database>): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < 20_000; await sleep(5)) {
    const { rows } = await sql`
      select 1 from pg_stat_activity where datname = current_database()
        and application_name = 'fal-jobs-engine' and wait_event_type = 'Lock'
        and query like '%name = ''archive''%'`.execute(db)
    if (rows.length > 0) return
  }
  throw new Error('no worker fetched from the queue of the archive within 20 s')
}

t.test('a periodic task runs once a period, however many replicas ask for it', async (t) => {
  const { db, process } = await setUp(t)
  const runs = channel<Task>()
  const cleanup: TaskHandler = async (task) => runs.put(task)
  const replicas = [await process({ cleanup }), await process({ cleanup })]
  let now = Date.UTC(2026, 0, 1, 12, 0)
  const ask = () =>
    Promise.all(
      replicas.map(({ engine }) =>
        schedulePeriodic({ db, scheduler: engine, clock: { now: () => now } }, 'cleanup', 3_600_000),
      ),
    )
  await ask()
  const first = await runs.take()
  now += 59 * 60_000
  await ask()
  now += 60_000
  await ask()
  const second = await runs.take()
  t.not(first.id, second.id)
  const ids = (await readTasks(db, 'cleanup')).map(({ id }) => id)
  t.same(ids, [first.id, second.id])
})

t.test('a stop with nothing to do takes no time', async (t) => {
  const { process } = await setUp(t)
  const a = await process({})
  const begun = performance.now()
  await a.end()
  t.ok(performance.now() - begun < 2_500)
})

t.test('looks at one job do not pile up while workers are slow', async (t) => {
  const { process, schedule, states } = await setUp(t)
  const gate = Promise.withResolvers<void>()
  const started = channel<string>()
  const a = await process({
    poll: async (task) => {
      started.put(task.subject)
      await gate.promise
    },
  })
  const { workers } = queueSettings.poll
  const busy = Array.from({ length: workers }, (_, n) => `job_busy${n}`)
  await schedule(a.engine, 'poll', busy)
  for (const _ of busy) await started.take()
  for (let round = 0; round < 10; round++) await schedule(a.engine, 'poll', ['job_1', 'job_2'])
  t.same(await states('poll'), { active: workers, created: 2 })
  gate.resolve()
  t.strictSame([await started.take(), await started.take()].sort(), ['job_1', 'job_2'])
})

t.test('other queues may hold several tasks for one subject', async (t) => {
  const { process, schedule, states } = await setUp(t)
  const gate = Promise.withResolvers<void>()
  const a = await process({ submit: () => gate.promise })
  for (let round = 0; round < 3; round++) await schedule(a.engine, 'submit', ['job_1'])
  const total = Object.values(await states('submit')).reduce((sum, n) => sum + n, 0)
  t.equal(total, 3)
  gate.resolve()
})
