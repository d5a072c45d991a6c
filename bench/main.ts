/** `npm run bench`: measures ours and its rivals in alternation on one machine in one run, and writes bench/results.md. */
import { parseArgs } from 'node:util'
import { benchArchive } from './archive.ts'
import { countOf, someOf } from './arguments.ts'
import { type Comparison, headAgainst, rate, row, times } from './load/compare.ts'
import { benchCreate } from './measure/create.ts'
import { benchForgeries, kept } from './measure/forgeries.ts'
import { benchGrowth, webhooksNeeded } from './measure/growth.ts'
import { benchLatency, benchSubscribe, p50, p99 } from './measure/latency.ts'
import { benchReplicas, replicasHead } from './measure/replicas.ts'
import { benchStatus } from './measure/status.ts'
import { benchStreams } from './measure/streams.ts'
import { benchWebhook } from './measure/webhook.ts'
import { type Section, writeResults } from './results.ts'
import { openMachine, type Setting } from './servers/setting.ts'

const { values } = parseArgs({
  options: {
    /** Names of sections, comma-separated; all without it. */
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    /** Of one round. */
    seconds: { type: 'string', default: '1.2' },
    /** Finished jobs in the tables for `growth`, with ten events each. */
    rows: { type: 'string', default: '100000' },
    'in-flight': { type: 'string', default: '100000' },
  },
})
const rounds = countOf('rounds', values.rounds)
const seconds = countOf('seconds', values.seconds)
const rows = countOf('rows', values.rows)
// Each round of webhooks settles some of them.
const inFlight = Math.max(countOf('in-flight', values['in-flight']), webhooksNeeded(rounds))
const names = [
  'create',
  'webhook',
  'status',
  'streams',
  'latency',
  'archive',
  'forgeries',
  'growth',
  'replicas',
] as const
type Name = (typeof names)[number]
const wanted = someOf('--only', values.only, names)

const machine = await openMachine()
const benches: Record<Name, () => Promise<string[]>> = {
  create: () => against((setting) => benchCreate(setting, rounds, seconds)),
  webhook: () => against((setting) => benchWebhook(setting, rounds, 2_500)),
  status: () => against((setting) => benchStatus(setting, rounds, seconds)),
  streams: () => inOne('streams', streams),
  latency: () => inOne('latency', latency),
  archive: () => benchArchive(),
  forgeries: () => inOne('forgeries', forgeries),
  growth: () =>
    benchGrowth(machine, {
      rows,
      inFlight,
      rounds,
      seconds,
      idleSeconds: 35,
    }),
  replicas: async () => [replicasHead, ...(await benchReplicas(machine, 2, seconds))],
}
const begun = performance.now()
try {
  for (const name of wanted) {
    const sectionBegun = performance.now()
    const section: Section = { title: titleOf(name), lines: await benches[name]() }
    const took = ((performance.now() - sectionBegun) / 1000).toFixed(0)
    console.log(`## ${section.title} (${took} s)\n\n${section.lines.join('\n')}\n`)
    await writeResults(names, section)
  }
} finally {
  await machine.close()
}
console.log(`${((performance.now() - begun) / 60_000).toFixed(1)} minutes`)

function titleOf(name: Name): string {
  if (name !== 'growth') return name
  const count = (of: number) => of.toLocaleString('en')
  return `growth: ${count(rows)} finished jobs, ${count(rows * 10)} events, ${count(inFlight)} in flight`
}

async function inOne(name: string, bench: (setting: Setting) => Promise<string[]>): Promise<string[]> {
  const setting = await machine.setting(name)
  const lines = await bench(setting)
  await setting.close()
  return lines
}

function against(bench: (setting: Setting) => Promise<Comparison[]>): Promise<string[]> {
  return inOne('against_floor', async (setting) => [
    headAgainst('ours', 'floor'),
    ...(await bench(setting)).map(row),
  ])
}

async function streams(setting: Setting): Promise<string[]> {
  return [
    '| what | memory in all | at most, closed and opened again | per stream | one event to all | CPU while nothing happens |\n| --- | --- | --- | --- | --- | --- |',
    await benchStreams(setting, 1_000),
    await benchStreams(setting, 10_000),
  ]
}

async function forgeries(setting: Setting): Promise<string[]> {
  const found = await benchForgeries(setting, rounds, seconds)
  const { alone, during, refused } = found
  return [
    '| what | rate | p50 / p99 |\n| --- | --- | --- |',
    `| looks at jobs, alone | ${rate(alone)} | ${times(alone)} |`,
    `| looks at jobs, while forgeries come as fast as they are refused | ${rate(during)} | ${times(during)} |`,
    `| forgeries refused meanwhile | ${rate(refused)} | ${times(refused)} |`,
    '',
    `Honest requests keep ${kept(found).toFixed(2)} of their rate.`,
  ]
}

async function latency(setting: Setting): Promise<string[]> {
  const lines = [
    '| what | jobs/s | p50 | p99 | times sooner than `subscribe` |\n| --- | --- | --- | --- | --- |',
  ]
  const subscribe = await benchSubscribe(setting, { perSecond: 20, jobs: 200 })
  const say = (what: string, perSecond: number, found: readonly number[], compared: boolean) => {
    const sooner = compared ? (p50(subscribe) / p50(found)).toFixed(1) : ''
    lines.push(
      `| ${what} | ${perSecond} | ${p50(found).toFixed(1)} ms | ${p99(found).toFixed(1)} ms | ${sooner} |`,
    )
  }
  say("completion known by the official client's `subscribe`", 20, subscribe, true)
  for (const [perSecond, jobs] of [
    [20, 200],
    [200, 1_000],
  ] as const) {
    const { sse, wait, callback } = await benchLatency(setting, { perSecond, jobs })
    // `subscribe` was measured at the lower rate only.
    const compared = perSecond === 20
    say('completion known by SSE', perSecond, sse.known, compared)
    say('completion known by `?wait`', perSecond, wait.known, compared)
    say('completion known by callback', perSecond, callback.known, compared)
    const submitted = [sse, wait, callback].flatMap((way) => way.submitted).sort((a, b) => a - b)
    say('from create to submitted at FAL', perSecond, submitted, false)
  }
  return lines
}
