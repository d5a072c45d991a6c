/** The crash point test's short form: the moments that cost most when they go wrong. All: `npm run faults -- --crash-points`. */
import t from 'tap'
import { startFaultCluster } from './harness/cluster.ts'
import { crashAt } from './harness/crash-point.ts'

t.setTimeout(110_000)

t.test(
  'a process killed between two durable steps loses nothing and pays once',
  { timeout: 110_000 },
  async (t) => {
    const cluster = await startFaultCluster(`crash-${process.pid}`)
    t.teardown(() => cluster.stop())
    const points = [
      { moment: 'answered POST queue', webhooks: true },
      { moment: 'before archive.archived', webhooks: true },
    ]
    await Promise.all(
      points.map(async (point) => {
        const report = await crashAt(cluster, point)
        t.strictSame(report.violations, [], point.moment)
        t.ok(report.crashed, `${point.moment}: the process was killed there`)
        t.equal(report.completed, 1)
      }),
    )
  },
)
