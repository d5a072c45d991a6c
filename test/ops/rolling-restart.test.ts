/** Three replicas are replaced one by one while creates keep coming: no request fails, no task is left behind, every job ends. */
import t from 'tap'
import type { JobView } from '../../src/jobs/read/job-view.ts'
import { startBalancer } from '../support/balancer.ts'
import { readTasks } from '../support/engine-tables.ts'
import { startBench, testKey } from '../support/service.ts'
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts'

/** As many as a busy machine can take beside other tests; `CREATES_A_SECOND=50` on a quiet one. */
const everyMs = 1_000 / Number(process.env.CREATES_A_SECOND ?? 20)

t.test('a rolling restart under load loses nothing', async (t) => {
  const bench = await startBench(t, {
    simulator: { speed: 40, script: { settings: { fastSigner: true } } },
    environment: { ROLE: 'api' },
  })
  const balancer = await startBalancer(t)
  const environment = {
    ...bench.environment,
    ROLE: 'all',
    PORT: '0',
    APP_URL: balancer.url,
    LOG_LEVEL: 'info',
  }
  const start = async (): Promise<ServiceProcess> => {
    const replica = await startServiceProcess(t, environment)
    balancer.join(replica.url)
    return replica
  }
  const replicas = await Promise.all([start(), start(), start()])

  const failures: string[] = []
  const answers: Promise<string | null>[] = []
  const create = async (): Promise<string | null> => {
    const response = await fetch(`${balancer.url}/api/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'flux-schnell', prompt: 'a change of guard' }),
    })
    const text = await response.text()
    if (response.status === 202) return (JSON.parse(text) as JobView).id
    failures.push(`${response.status} ${text}`)
    return null
  }
  const load = setInterval(() => answers.push(create()), everyMs)
  for (const replica of replicas) {
    // As an orchestrator does: no new requests, then, when the last is answered, SIGTERM; the next only when the new one is ready.
    const leave = balancer.leave(replica.url).then(() => replica.stop())
    const [exit] = await Promise.all([leave, start()])
    t.equal(exit, 0, 'a clean exit')
  }
  clearInterval(load)
  const ids = (await Promise.all(answers)).filter((id) => id !== null)
  t.strictSame(failures, [], `${answers.length} creates`)

  let slowestMs = 0
  for (const id of ids) {
    const job = await bench.until(id, ({ status }) => isFinal.has(status), 60_000)
    if (job.status !== 'completed') t.fail(`${id} ended ${job.status}: ${JSON.stringify(job.error)}`)
    slowestMs = Math.max(slowestMs, Date.parse(job.submittedAt ?? '') - Date.parse(job.createdAt))
  }
  t.comment(`${ids.length} jobs, the slowest was sent after ${slowestMs} ms`)

  // A task left with a stopped replica would be due again only after its lease, one turned away after a growing pause.
  const late = (await readTasks(bench.service.services.store.db, 'submit')).filter(
    (task) => task.delaySeconds > 5,
  )
  t.strictSame(late, [], 'no task waited for anything but a free worker')
})

const isFinal = new Set(['completed', 'failed', 'canceled'])
