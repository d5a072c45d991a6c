/**
 * `npm run faults -- --minutes N --seed S --replicas R --jobs J`: one long run. With `--runs N`, N short ones
 * from seed S on. With `--crash-points`, one job for each moment at which the process is killed.
 */
import { parseArgs } from 'node:util'
import { type CampaignOptions, type CampaignReport, runCampaign } from './harness/campaign.ts'
import { startFaultCluster } from './harness/cluster.ts'
import { crashAt, pollMoments, webhookMoments } from './harness/crash-point.ts'
import { shortRun } from './harness/short-run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    replicas: { type: 'string', default: '2' },
    jobs: { type: 'string', default: '1000' },
    runs: { type: 'string' },
    'crash-points': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})

const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
const note = values.verbose ? { note: (line: string) => console.log(`  ${line}`) } : {}
const cluster = await startFaultCluster(`manual-${process.pid}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cluster.stop().finally(() => process.exit(130)))
let dirty = 0
try {
  for (const point of values['crash-points']
    ? [...points(webhookMoments, true), ...points(pollMoments, false)]
    : []) {
    const report = await crashAt(cluster, point)
    if (report.violations.length > 0 || !report.crashed) dirty += 1
    console.log(JSON.stringify({ ...report, webhooks: point.webhooks }))
  }
  for (const options of runsOf()) {
    const report = await runCampaign(cluster, { ...options, ...note })
    if (report.violations.length > 0) dirty += 1
    print(options, report)
  }
} finally {
  await cluster.stop()
}
process.exit(dirty === 0 ? 0 : 1)

function points(moments: readonly string[], webhooks: boolean) {
  return moments.map((moment) => ({ moment, webhooks }))
}

function runsOf(): CampaignOptions[] {
  if (values['crash-points']) return []
  if (values.runs !== undefined)
    return Array.from({ length: Number(values.runs) }, (_, n) => shortRun(seed + n))
  return [
    {
      seed,
      replicas: Number(values.replicas),
      jobs: Number(values.jobs),
      lastsMs: Number(values.minutes) * 60_000,
      pauseMs: 4_000,
      faultRate: 0.3,
      callbackFailRate: 0.1,
      settleMs: 180_000,
    },
  ]
}

function print({ replicas, jobs }: CampaignOptions, report: CampaignReport): void {
  const { violations, logs, ...counts } = report
  console.log(JSON.stringify({ ...counts, replicas, jobs, violations: violations.length }))
  for (const violation of violations) console.log(`  VIOLATION ${violation}`)
  if (violations.length > 0) console.log(`  seed ${report.seed} replays it; logs in ${logs}`)
}
