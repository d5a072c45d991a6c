/** What operators look at exists: every expression is PromQL, every metric and label in it is one the service exposes. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parser } from '@prometheus-io/lezer-promql'
import t from 'tap'
import { parse } from 'yaml'
import { startBench } from '../support/service.ts'

const folder = new URL('../../docker/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8')

interface Dashboard {
  panels: {
    title: string
    type: string
    targets?: { expr: string }[]
    gridPos: Record<'x' | 'y' | 'w' | 'h', number>
  }[]
}
interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[]
}

interface RuleCases {
  tests: {
    alert_rule_test: {
      alertname: string
      exp_alerts: { exp_labels: Record<string, string>; exp_annotations: Record<string, string> }[]
    }[]
  }[]
}

const dashboard: Dashboard = JSON.parse(read('grafana/dashboards/fal-jobs.json'))
const rules: Rules = parse(read('prometheus/rules.yml'))
const alerts = rules.groups.flatMap((group) => group.rules)
const expressions = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, expr })),
  ),
  ...alerts.map(({ alert, expr }) => ({ where: alert, expr })),
].map(({ where, expr }) => ({ where, expr: expr.replaceAll('$__rate_interval', '5m') }))

/** Names of metrics, and the labels asked of each. */
function selectorsOf(expr: string): { metric: string; labels: string[] }[] {
  return [...expr.matchAll(/\b((?:fal_jobs|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(
    ([, metric, inside]) => ({
      metric: metric ?? '',
      labels: [...(inside ?? '').matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label ?? ''),
    }),
  )
}

t.test('every expression is valid PromQL', async (t) => {
  for (const { where, expr } of expressions) {
    let broken = false
    parser.parse(expr).iterate({
      enter: (node) => {
        if (node.type.isError) broken = true
      },
    })
    t.notOk(broken, `${where}: ${expr}`)
  }
})

t.test(
  'every metric has data after ordinary work with the labels asked of it, and none of ours is unused',
  async (t) => {
    const receiver = createServer((request, answer) => {
      request.resume()
      answer.end()
    })
    await new Promise<void>((settle) => receiver.listen(0, '127.0.0.1', settle))
    t.teardown(() => {
      receiver.close()
      receiver.closeAllConnections()
    })
    const address = receiver.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const bench = await startBench(t)
    const callbackUrl = `http://127.0.0.1:${port}/`
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a view', callbackUrl })
    await bench.call('POST', `/api/jobs/${id}/poll`)
    await bench.settled(id)
    const refused = await bench.create({ model: 'flux-schnell', prompt: 'a fall [fault:model-error]' })
    await bench.settled(refused.id)
    const expose = async () => String((await bench.call('GET', '/metrics')).body)
    let text = await expose()
    for (let n = 0; n < 200 && !/^fal_jobs_callbacks_total\{/m.test(text); n++) {
      await new Promise((settle) => setTimeout(settle, 25))
      text = await expose()
    }
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    // Only set while something waits or goes wrong.
    const throttledLog = new Set(['fal_jobs_retention_slack_seconds'])
    for (const { where, expr } of expressions) {
      for (const { metric, labels } of selectorsOf(expr)) {
        const family = metric.replace(/_(bucket|count|sum)$/, '')
        t.match(text, new RegExp(`^# TYPE (${metric}|${family}) `, 'm'), `${where}: ${metric} exists`)
        if (throttledLog.has(metric)) continue
        const own = samples.filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
        t.ok(own.length > 0, `${where}: ${metric} has data`)
        for (const label of labels)
          t.ok(
            own.some((line) => line.includes(`${label}="`)),
            `${where}: ${metric} has ${label}`,
          )
      }
    }

    const names = [...text.matchAll(/^# TYPE (fal_jobs_\w+) /gm)]
    const used = new Set(
      expressions
        .flatMap(({ expr }) => selectorsOf(expr))
        .map(({ metric }) => metric.replace(/_(bucket|count|sum)$/, '')),
    )
    for (const [, name = ''] of names) t.ok(used.has(name), `${name} is on the dashboard or in an alert`)
  },
)

t.test(
  'every alert has a case in which it fires, with its own words, and one in which it stays quiet',
  async (t) => {
    // Prometheus' own tool runs them: promtool test rules docker/prometheus/rules.test.yml
    const cases: RuleCases = parse(read('prometheus/rules.test.yml'))
    const checks = cases.tests.flatMap((each) => each.alert_rule_test)
    for (const { alert, annotations } of alerts) {
      const own = checks.filter(({ alertname }) => alertname === alert)
      t.ok(
        own.some(({ exp_alerts }) => exp_alerts.length === 0),
        `${alert} stays quiet`,
      )
      const fired = own.flatMap(({ exp_alerts }) => exp_alerts)
      t.ok(fired.length > 0, `${alert} fires`)
      for (const { exp_labels: labels, exp_annotations } of fired) {
        const filled = Object.entries(annotations).map(([name, text]) => [
          name,
          text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label) => labels[label] ?? ''),
        ])
        t.strictSame(exp_annotations, Object.fromEntries(filled), alert)
      }
    }
  },
)

t.test('every alert says why it matters and what to do; panels do not overlap', async (t) => {
  for (const { alert, annotations } of alerts)
    for (const part of ['summary', 'description', 'action']) t.ok(annotations[part], `${alert}: ${part}`)
  const taken = new Set<string>()
  for (const { title, gridPos } of dashboard.panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        if (taken.has(`${x},${y}`)) t.fail(`${title} covers another panel`)
        taken.add(`${x},${y}`)
      }
    }
  }
})
