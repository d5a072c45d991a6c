/** `npm run bench`: measures ours and the floor in alternation on one machine in one run, and writes bench/results.md. */
import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { type Comparison, head, row } from './compare.ts'
import { benchCreate } from './create.ts'
import { benchIdle } from './idle.ts'
import { benchLatency } from './latency.ts'
import { seedFinished } from './seed-jobs.ts'
import { openSetting, type Setting } from './setting.ts'
import { benchStatus } from './status.ts'
import { benchForgeries, benchWebhook } from './webhook.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    /** Finished jobs in the tables for `growth`. */
    rows: { type: 'string', default: '100000' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const rates = (comparisons: Comparison[]) => [head, ...comparisons.map(row)]
const latencyHead = '| what | p50 | p99 | times sooner than subscribe |\n| --- | --- | --- | --- |'

const benches: Record<string, (setting: Setting) => Promise<string[]>> = {
  create: async (setting) => rates(await benchCreate(setting, rounds, seconds)),
  webhook: async (setting) => rates(await benchWebhook(setting, rounds, 3_000)),
  status: async (setting) => rates(await benchStatus(setting, rounds, seconds)),
  forgeries: async (setting) => [
    '| what | during | alone | ratio | flood |\n| --- | --- | --- | --- | --- |',
    ...(await benchForgeries(setting, rounds, seconds)),
  ],
  latency: async (setting) => [latencyHead, ...(await benchLatency(setting, 20, 200))],
  idle: async (setting) => [
    '| what | CPU | database | memory | start |\n| --- | --- | --- | --- | --- |',
    ...(await benchIdle(setting, 100_000, 20)),
  ],
  growth: async (setting) => {
    // The client must be there before jobs can be its.
    await (await setting.service({ ROLE: 'api' })).stop()
    const ids = await seedFinished(setting.pool, Number(values.rows))
    return [
      `With ${values.rows} finished jobs and ${Number(values.rows) * 10} events in the tables:\n`,
      ...rates([
        ...(await benchCreate(setting, rounds, seconds)),
        ...(await benchWebhook(setting, rounds, 3_000)),
        ...(await benchStatus(setting, rounds, seconds, ids)),
      ]),
    ]
  },
}

const sections: string[] = []
for (const [name, bench] of Object.entries(benches)) {
  if (values.only !== '' && values.only !== name) continue
  // Completions are ordered by hand there: nothing may complete by itself.
  const setting = await openSetting(name === 'latency' ? 0.01 : 20)
  try {
    const lines = [`## ${name}\n`, ...(await bench(setting)), '']
    console.log(lines.join('\n'))
    sections.push(...lines)
  } finally {
    await setting.close()
  }
}
if (values.only === '') {
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  const intro = `# Results\n\nWritten by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}, embedded PostgreSQL with fsync on. Medians; ours and floor in alternation in one run. Read the ratios.\n`
  await writeFile(new URL('./results.md', import.meta.url), [intro, ...sections].join('\n'))
}
