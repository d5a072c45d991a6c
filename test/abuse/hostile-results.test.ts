/**
 * Whatever a model answers, its job ends, the webhook is taken and nothing else fails. ABUSE_RESULTS sets how many random
 * results, ABUSE_SEED which, ABUSE_BYTES the largest.
 */
import t from 'tap'
import { createRandom } from '../../src/simulator/base/random.ts'
import { startBench } from '../support/service.ts'
import { startHostileFal } from './hostile-fal.ts'
import { hostileResult, poison } from './hostile-results.ts'

const count = Number(process.env.ABUSE_RESULTS ?? 60)
const seed = Number(process.env.ABUSE_SEED ?? 1)
const largest = Number(process.env.ABUSE_BYTES ?? 200_000)
const atOnce = 16

t.test('results of a hostile model', async (t) => {
  const results = new Map<string, string>()
  const fal = await startHostileFal(t, { resultOf: ({ prompt }) => results.get(String(prompt)) ?? 'null' })
  const bench = await startBench(t, { environment: { ...fal.environment, RATE_LIMIT_PER_SECOND: '0' } })

  /** The job's end, by a webhook or by polling. */
  async function run(name: string, result: string, by: 'webhook' | 'poll') {
    const prompt = `${by} ${name}`
    results.set(prompt, result)
    const { id } = await bench.create({ model: 'hostile/app', input: { prompt }, archive: false })
    const { fal: facts } = await bench.until(id, ({ fal }) => fal.requestId !== null)
    if (by === 'webhook') {
      const status = await fal.sendWebhook(String(facts.requestId))
      if (status !== 200) t.fail(`the webhook of ${name} got ${status}`)
    }
    for (let looks = 0; looks < 3; looks++) {
      const { status, body } = await bench.call('POST', `/api/jobs/${id}/poll`)
      if (status !== 200) t.fail(`the poll of ${name} got ${status}`)
      if (body.status !== 'running' || hasFailedToRead(body)) return body
    }
    return bench.until(id, ({ status }) => status !== 'running' && status !== 'pending')
  }
  // A page that is no JSON may be a proxy's: such a job waits for FAL's own answer until FAL has forgotten it.
  const hasFailedToRead = ({ status }: { status: string }) => status !== 'running'

  await t.test('known poison', async (t) => {
    for (const by of ['webhook', 'poll'] as const) {
      for (const [name, result] of Object.entries(poison(fal.origin))) {
        const begun = performance.now()
        const job = await run(name, result, by)
        const tookMs = performance.now() - begun
        t.ok(
          ['completed', 'failed'].includes(job.status),
          `${name} by ${by}: ${job.status} ${job.error?.code ?? ''}`,
        )
        t.ok(tookMs < 45_000, `${name} by ${by}: ${Math.round(tookMs)} ms`)
        t.ok(job.media.length <= 1_000)
        t.ok(JSON.stringify(job).length < 4_000_000)
      }
    }
    const { body } = await bench.call('GET', '/api/jobs?limit=20')
    const most = body.data.find(({ media }: { media: unknown[] }) => media.length === 1_000)
    t.match(most?.warnings.at(-1), { field: 'result', reason: /more than 1000 files/ })
  })

  await t.test(`${count} random results of seed ${seed}`, async (t) => {
    const random = createRandom(seed)
    const names = Array.from({ length: count }, (_, n) => `${n}`).values()
    const ends = new Map<string, number>()
    const lane = async () => {
      for (const name of names) {
        const result = hostileResult(
          random,
          1 + random.below(10 ** (2 + random.next() * (Math.log10(largest) - 2))),
          fal.origin,
        )
        const job = await run(name, result, random.below(2) === 0 ? 'webhook' : 'poll')
        const end = `${job.status} ${job.error?.code ?? ''}`
        ends.set(end, (ends.get(end) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    t.comment(JSON.stringify(Object.fromEntries(ends)))
    t.strictSame(
      [...ends.keys()].filter((end) => !/^(completed|failed) /.test(end)),
      [],
      'each job ended',
    )
  })

  const troubles = bench.logLines.filter((line) => /"level":"(error|fatal)"/.test(line))
  t.strictSame(
    troubles.map((line) => JSON.parse(line).msg).filter((text) => !expected.has(text)),
    [],
  )
})

const expected = new Set(["FAL's answer for a job cannot be stored"])
