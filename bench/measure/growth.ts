/** Growth: every path with full tables against empty ones in the same run; idle, disk, start and memory with full ones. */
import { engineSchema } from '../../test/support/engine-tables.ts'
import { alternate, type Comparison, headAgainst, row, turnsToWarm } from '../load/compare.ts'
import { type SeededJob, seedFinished, seedRunning, settleTables } from '../load/seed-jobs.ts'
import { createWebhookSigner, type WebhookSigner } from '../load/signed-webhooks.ts'
import type { Child } from '../servers/child.ts'
import type { Machine, Setting } from '../servers/setting.ts'
import { creates } from './create.ts'
import { underForgeries } from './forgeries.ts'
import { countStatements, type Idle, measureIdle } from './idle.ts'
import { type Latencies, latencyBySse, p50, p99 } from './latency.ts'
import { lists, looks } from './status.ts'
import { deliveries } from './webhook.ts'

export interface GrowthOptions {
  /** Finished jobs; each has ten events. */
  rows: number
  /** At least `webhooksNeeded`. */
  inFlight: number
  rounds: number
  seconds: number
  idleSeconds: number
}

/** Webhooks of one round. */
const perRound = 2_500
/** Jobs that are forged for. */
const forged = 200

/** Jobs in flight that are settled while it is measured, and some that never are. */
export const webhooksNeeded = (rounds: number): number => perRound * (turnsToWarm + rounds) + forged

/** One of the two databases, and what is asked of it. */
interface Side {
  setting: Setting
  finished: string[]
  running: SeededJob[]
}

export async function benchGrowth(machine: Machine, options: GrowthOptions): Promise<string[]> {
  const { inFlight, rounds, rows } = options
  const full = await seedSide(await machine.setting('growth_full'), rows, inFlight)
  const empty = await seedSide(await machine.setting('growth_empty'), 200, webhooksNeeded(rounds))
  const disk = await bytesOnDisk(full.setting)
  await countStatements(full.setting)
  const starts = await startTimes(full.setting, empty.setting)
  const { idle, latency } = await withWorkers(full, empty, options)
  const { comparisons, peakBytes } = await compareApis(full, empty, options)
  await full.setting.close()
  await empty.setting.close()
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  return [
    headAgainst('full tables', 'empty tables'),
    ...comparisons.map(row),
    latencyRow(latency.full, latency.empty),
    '',
    '| with full tables | |\n| --- | --- |',
    `| idle, service process | ${idle.serviceCpu.toFixed(1)} % of a core |`,
    `| idle, database | ${idle.databaseCpu.toFixed(1)} % of a core |`,
    `| idle, queries | ${idle.queriesPerSecond.toFixed(0)}/s |`,
    `| memory at rest | ${mb(idle.rssBytes)} |`,
    `| memory under load, the most (api) | ${mb(peakBytes)} |`,
    `| disk, all tables and indexes | ${mb(disk)}, ${Math.round(disk / (rows + inFlight))} bytes a job with its events, deliveries and keys |`,
    `| start, until the first answer | ${starts.full.toFixed(0)} ms (empty tables: ${starts.empty.toFixed(0)} ms) |`,
    '',
    'What the idle service asked most of the database:',
    '',
    '| statement | calls/s | ms/s |\n| --- | --- | --- |',
    ...idle.dearest.map(
      ({ query, perSecond, msPerSecond }) =>
        `| \`${query.replaceAll('|', '\\|').slice(0, 110)}\` | ${perSecond.toFixed(2)} | ${msPerSecond.toFixed(2)} |`,
    ),
  ]
}

async function seedSide(setting: Setting, rows: number, inFlight: number): Promise<Side> {
  const finished = await seedFinished(setting.pool, rows)
  const running: SeededJob[] = []
  for (let n = 0; n < inFlight; n += 10_000)
    running.push(...(await seedRunning(setting.pool, Math.min(10_000, inFlight - n), `flight${n}`)))
  await settleTables(setting.pool)
  return { setting, finished, running: scattered(running) }
}

/** In no order of the table: what comes next is anywhere. */
function scattered(jobs: readonly SeededJob[]): SeededJob[] {
  return jobs
    .map((job) => ({ job, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ job }) => job)
}

async function startTimes(full: Setting, empty: Setting): Promise<{ full: number; empty: number }> {
  const once = async (setting: Setting) => {
    const child = await setting.service()
    await child.stop()
    return child.startedMs
  }
  await once(empty)
  return { full: await once(full), empty: await once(empty) }
}

interface WithWorkers {
  idle: Idle
  latency: { full: Latencies; empty: Latencies }
}

async function withWorkers(full: Side, empty: Side, { idleSeconds }: GrowthOptions): Promise<WithWorkers> {
  const inFull = await full.setting.service()
  const idle = await measureIdle(full.setting, inFull, idleSeconds)
  const inEmpty = await empty.setting.service()
  const onFull = (jobs: number) => latencyBySse(full.setting, inFull.url, { perSecond: 20, jobs })
  const onEmpty = (jobs: number) => latencyBySse(empty.setting, inEmpty.url, { perSecond: 20, jobs })
  // Unmeasured: what is still being compiled.
  await onFull(60)
  await onEmpty(60)
  const found: WithWorkers['latency'][] = []
  for (let round = 0; round < latencyRounds; round += 2) {
    found.push({ full: await onFull(20), empty: await onEmpty(20) })
    found.push({ empty: await onEmpty(20), full: await onFull(20) })
  }
  const latency = {
    full: merged(found.map((round) => round.full)),
    empty: merged(found.map((round) => round.empty)),
  }
  await inFull.stop()
  await inEmpty.stop()
  return { idle, latency }
}

const latencyRounds = 6

const merged = (parts: readonly Latencies[]): Latencies => ({
  known: parts.flatMap(({ known }) => known).sort((a, b) => a - b),
  submitted: parts.flatMap(({ submitted }) => submitted).sort((a, b) => a - b),
})

async function compareApis(
  full: Side,
  empty: Side,
  { rounds, seconds }: GrowthOptions,
): Promise<{ comparisons: Comparison[]; peakBytes: number }> {
  const signer = await createWebhookSigner()
  const environment = { ROLE: 'api', FAL_JWKS_URL: signer.jwksUrl }
  const inFull = await full.setting.service(environment)
  const inEmpty = await empty.setting.service(environment)
  const both = (name: string, run: (side: Side, service: Child) => ReturnType<typeof looks>) =>
    alternate(
      name,
      rounds,
      () => run(full, inFull),
      () => run(empty, inEmpty),
    )
  const comparisons = [
    await both('status', (side, { url }) => looks({ url, seconds }, side.finished)),
    await both('list of 50', (_side, { url }) => lists({ url, seconds })),
    await both('looks during a flood of forgeries', async (side, { url }) => {
      const { during } = await underForgeries({ url, signer, jobs: side.running.slice(-forged), seconds })
      return during
    }),
    await both('webhook', (side, { url }) => deliveries(url, nextBatch(side, signer))),
    await both('create', (_side, { url }) => creates({ url, connections: 64, seconds })),
  ]
  const { peakRssBytes } = await inFull.usage()
  await inFull.stop()
  await inEmpty.stop()
  signer.close()
  return { comparisons, peakBytes: peakRssBytes }
}

const nextBatch = (side: Side, signer: WebhookSigner) =>
  side.running.splice(0, perRound).map((job) => signer.sign(job))

/** Our tables and the engine's, with indexes and long values. */
async function bytesOnDisk({ pool }: Setting): Promise<number> {
  const { rows } = await pool.query<{ bytes: number }>(
    `select sum(pg_total_relation_size(c.oid))::float8 as bytes from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', $1)`,
    [engineSchema],
  )
  return rows[0]?.bytes ?? 0
}

function latencyRow(full: Latencies, empty: Latencies): string {
  const of = ({ known }: Latencies) => `${p50(known).toFixed(1)} / ${p99(known).toFixed(1)} ms`
  const ratio = (p50(empty.known) / p50(full.known)).toFixed(2)
  return `| completion known by SSE, 20 jobs/s | | | ${ratio} | ${of(full)} | ${of(empty)} |`
}
