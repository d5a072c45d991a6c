/** The fault suite's short form: two seeded runs against real processes and a durable database. `npm run faults` is the long one. */
import t from 'tap'
import { runCampaign } from './harness/campaign.ts'
import { startFaultCluster } from './harness/cluster.ts'
import { shortRun } from './harness/short-run.ts'

/** Days give other seeds, so that time finds what one seed does not; the seed is in the name of the test. */
const seed = Math.floor(Date.now() / 86_400_000)

t.setTimeout(110_000)

t.test(
  'whatever dies, every job ends once, is paid once, and its files are whole',
  { timeout: 110_000 },
  async (t) => {
    const cluster = await startFaultCluster(`test-${process.pid}`)
    t.teardown(() => cluster.stop())
    const options = { ...shortRun(seed), jobs: 16 }
    const report = await runCampaign(cluster, options)
    t.strictSame(
      report.violations,
      [],
      `seed ${seed} replays it: npm run faults -- --runs 1 --seed ${seed}; ${report.logs}`,
    )
    t.ok(report.completed + report.uncertain === options.jobs, JSON.stringify(report))
  },
)
