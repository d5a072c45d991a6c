/** Workers killed in the middle of everything: afterwards the entries add up, and no final job holds credit. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import t from 'tap'
import { freePort } from '../support/free-port.ts'
import { plainNode } from '../support/plain-node.ts'
import { startBench } from '../support/service.ts'

const server = fileURLToPath(new URL('../../src/server.ts', import.meta.url))
const price = 3_000
const jobs = 24

// The tasks of a killed worker are taken over when its heart has not beaten for 20 s.
t.setTimeout(110_000)

t.test(
  'kill -9 of workers while jobs end in every way loses and doubles no credit',
  { timeout: 110_000 },
  async (t) => {
    const bench = await startBench(t, {
      environment: { CREDITS: 'enforced', ROLE: 'api', SUBMIT_UNCERTAIN_SECONDS: '3', POLL_MAX_SECONDS: '2' },
    })
    for (const fault of ['model-error', 'content-policy', 'webhook-lost', 'webhook-duplicate']) {
      bench.simulator.admin.addFault({ fault, match: { prompt: fault } })
    }
    await bench.call('POST', '/api/credits/grants', { amountMicros: jobs * price, reason: 'all of it' })
    let worker: ChildProcess | null = null
    t.teardown(() => worker?.kill('SIGKILL'))
    const restart = async () => {
      if (worker !== null) {
        worker.kill('SIGKILL')
        await once(worker, 'exit')
      }
      const env = { ...process.env, ...bench.environment, ROLE: 'worker', PORT: String(await freePort()) }
      worker = spawn(...plainNode(['--no-warnings', server]), { env, stdio: 'ignore' })
    }

    const prompts = [
      'fine',
      'model-error',
      'content-policy',
      'webhook-lost',
      'webhook-duplicate',
      'cancel me',
    ]
    const ids: string[] = []
    for (let index = 0; index < jobs; index++) {
      if (index % 8 === 0) {
        // Killed as soon as it is at work, with most of what it has begun unfinished.
        const begun = ids.at(-8)
        if (begun !== undefined) await bench.until(begun, (job) => job.status !== 'pending', 30_000)
        await restart()
      }
      const prompt = prompts[index % prompts.length] ?? ''
      const job = await bench.create({
        model: 'flux-schnell',
        prompt: `${prompt} ${index}`,
        input: { image_size: 'square_hd' },
      })
      ids.push(job.id)
      if (prompt === 'cancel me') await bench.call('POST', `/api/jobs/${job.id}/cancel`)
    }
    await restart()
    const ended = await Promise.all(ids.map((id) => bench.settled(id, 60_000)))
    const completed = ended.filter((job) => job.status === 'completed')
    t.ok(completed.length > 0 && completed.length < jobs, `${completed.length} of ${jobs} completed`)

    const { db } = bench.service.services.store
    const account = await db.selectFrom('account').selectAll().executeTakeFirstOrThrow()
    t.equal(account.reserved_micros, 0, 'nothing stays reserved')
    const { rows } = await sql<{ balance: string; reserved: string; captures: string; settled: string }>`
    select sum(balance_change) as balance, sum(reserved_change) as reserved,
      count(*) filter (where type = 'capture') as captures,
      count(*) filter (where type in ('capture', 'release')) as settled from ledger_entry`.execute(db)
    t.equal(account.balance_micros, Number(rows[0]?.balance))
    t.equal(Number(rows[0]?.reserved), 0)
    t.equal(Number(rows[0]?.captures), completed.length, 'each completed job paid, once')
    t.equal(Number(rows[0]?.settled), jobs, 'each job was settled, once')
    const spent = completed.reduce((sum, job) => sum + (job.cost.chargedMicros ?? 0), 0)
    t.equal(account.balance_micros, jobs * price - spent)
  },
)
