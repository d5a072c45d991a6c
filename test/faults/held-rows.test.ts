/** A session holds rows of some clients while their jobs finish: client B and readiness do not notice, and nothing is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { clientWith, type TestClient } from '../support/clients.ts'
import { startReceiver } from '../support/receiver.ts'
import { type Answer, type Bench, startBench } from '../support/service.ts'

const jobsOfEach = 20
const heldMs = 4_500
/** What waits for a held row takes three seconds or until its end; to this the machine's noise is added. */
const unaffectedMs = 2_500

interface Seen {
  creates: number[]
  lists: number[]
  completions: number[]
  failures: string[]
  readiness: number[]
}

/** B creates a job every 200 ms and follows each, lists, and asks for readiness, for as long as the lock is held. */
async function watchB(bench: Bench, b: TestClient, forMs: number): Promise<Seen> {
  const seen: Seen = { creates: [], lists: [], completions: [], failures: [], readiness: [] }
  const timed = async (times: number[], expected: number, call: () => Promise<Answer>) => {
    const begun = performance.now()
    const { status, body } = await call()
    times.push(performance.now() - begun)
    if (status !== expected) seen.failures.push(`${status} instead of ${expected}: ${JSON.stringify(body)}`)
  }
  const follow = async () => {
    const begun = performance.now()
    let id = ''
    await timed(seen.creates, 202, async () => {
      const answer = await b.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'of B' })
      id = String(answer.body.id ?? '')
      return answer
    })
    while (id !== '') {
      const { body } = await b.call('GET', `/api/jobs/${id}?wait=10`)
      if (body.status === 'completed') break
      if (performance.now() - begun > 20_000) return void seen.failures.push(`${id} is ${body.status}`)
    }
    seen.completions.push(performance.now() - begun)
  }
  const end = performance.now() + forMs
  const followed: Promise<void>[] = []
  while (performance.now() < end) {
    followed.push(follow())
    await Promise.all([
      timed(seen.lists, 200, () => b.call('GET', '/api/jobs')),
      timed(seen.readiness, 200, () => bench.call('GET', '/readyz')),
      sleep(200),
    ])
  }
  await Promise.all(followed)
  return seen
}

const quantile = (times: number[], part: number): number =>
  times.sort((x, y) => x - y)[Math.floor((times.length - 1) * part)] ?? 0

function compare(t: Test, held: Seen, free: Seen): void {
  t.strictSame(held.failures, [], 'every call of B and of readiness succeeded')
  for (const what of ['creates', 'lists', 'completions'] as const) {
    const [median, longest] = [quantile(held[what], 0.5), quantile(held[what], 0.98)]
    const [unlocked, noise] = [quantile(free[what], 0.5), 2 * quantile(free[what], 0.98)]
    t.comment(
      `${what}: median ${Math.round(median)} ms (${Math.round(unlocked)} without a lock), longest ${Math.round(longest)}`,
    )
    t.ok(longest < unaffectedMs + noise, `${what}: none waited for the lock`)
  }
}

/** The rows that are held, each of another client. */
const locks = {
  'its row': 'select from client where id = $1 for update',
  'its jobs at FAL': "select from job where client_id = $1 and status = 'running' for update",
  'its account': 'select from account where client_id = $1 for update',
}

t.test('rows of some clients that are held do not slow another client down', async (t) => {
  const receiver = await startReceiver(t)
  const bench = await startBench(t, { environment: { CREDITS: 'enforced' } })
  const holder = new pg.Client({ connectionString: bench.database.url })
  await holder.connect()
  t.teardown(() => holder.end())
  const newClient = async () => {
    const client = await clientWith(bench, { scopes: ['jobs:read', 'jobs:write'] })
    const grant = { clientId: client.clientId, amountMicros: 1_000_000_000, reason: 'test' }
    t.equal((await bench.call('POST', '/api/credits/grants', grant)).status, 201)
    return client
  }
  const b = await newClient()
  const free = await watchB(bench, b, 1_500)
  t.strictSame(free.failures, [])

  const held = await Promise.all(
    Object.entries(locks).map(async ([what, lock]) => ({ what, lock, client: await newClient() })),
  )
  const clients = held.map(({ client }) => client.clientId.slice('cli_'.length))
  const createOf = async (a: TestClient, n: number) => {
    const { status } = await a.call('POST', '/api/jobs', {
      model: 'flux-schnell',
      prompt: `${n} [fault:slow=40]`,
      callbackUrl: receiver.url,
      callbackEvents: ['job.completed'],
    })
    t.equal(status, 202)
  }
  for (const { client } of held)
    await Promise.all(Array.from({ length: jobsOfEach }, (_, n) => createOf(client, n)))
  const count = async (condition: string) => {
    const text = `select count(*)::int as jobs from job where client_id = any($1) and ${condition}`
    return (await holder.query(text, [clients])).rows[0].jobs
  }
  while ((await count("submission <> 'accepted'")) > 0) await sleep(20)
  await holder.query('begin')
  for (const { lock, client } of held) await holder.query(lock, [client.clientId.slice('cli_'.length)])

  const answers = new Map<number, number>()
  let longest = 0
  const callAgain = async (a: TestClient) => {
    const end = performance.now() + heldMs - 500
    while (performance.now() < end) {
      const begun = performance.now()
      const { status, headers } = await a.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'x' })
      longest = Math.max(longest, performance.now() - begun)
      answers.set(status, (answers.get(status) ?? 0) + 1)
      if (status === 503) t.ok(Number(headers.get('retry-after')) > 0)
      await sleep(500)
    }
  }
  const withHeldAccount = held.filter(({ what }) => what === 'its account').map(({ client }) => client)
  const callers = withHeldAccount.flatMap((a) => Array.from({ length: 15 }, () => callAgain(a)))
  const [seen] = await Promise.all([watchB(bench, b, heldMs), ...callers])
  await holder.query('rollback')

  compare(t, seen, free)
  t.strictSame([...answers.keys()], [503], 'who needs the account is told to come back')
  t.ok(
    longest < unaffectedMs + 2 * quantile(free.completions, 0.98),
    `and that soon: ${Math.round(longest)} ms at most`,
  )
  const settledBy = Date.now() + 30_000
  const open = "(status <> 'completed' or archive_status <> 'archived')"
  while ((await count(open)) > 0 && Date.now() < settledBy) await sleep(50)
  t.equal(await count(open), 0, 'after the end all jobs complete')
  const { rows: told } = await holder.query(
    `select count(*)::int as callbacks, count(distinct job_id)::int as jobs from callback where client_id = any($1)`,
    [clients],
  )
  const all = jobsOfEach * held.length
  t.strictSame(told, [{ callbacks: all, jobs: all }], 'with one callback each')
  const { rows } = await holder.query(
    `select account.id from account join ledger_entry on account_id = account.id
     group by account.id having balance_micros <> sum(balance_change) or reserved_micros <> sum(reserved_change)`,
  )
  t.strictSame(rows, [], 'every ledger sums up to its balance')
})
