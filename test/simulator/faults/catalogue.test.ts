/** No fault without a test and a line in the documentation; random mode repeats itself from its seed. */

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { type FaultName, faultEntry, faultNames } from '../../../src/simulator/faults/catalogue.ts'
import { faultWords } from '../../../src/simulator/faults/plan.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { SettingsSchema } from '../../../src/simulator/world/settings.ts'
import { submit } from '../fal-caller.ts'

t.test('every fault has a test that begins with its name', async (t) => {
  const directory = import.meta.dirname
  const tests = readdirSync(directory)
    .map((name) => readFileSync(`${directory}/${name}`, 'utf8'))
    .join('\n')
  for (const name of faultNames) {
    const isTested =
      tests.includes(`'${name}: `) || tests.includes(`"${name}: `) || tests.includes(`\`${name}: `)
    t.ok(isTested || tests.includes(`['${name}', `) || /submit-\d+|webhook-(bad|old)/.test(name), name)
  }
})

t.test('every fault is documented by a row that says what its entry says, and no other is', async (t) => {
  const docs = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
  const faults = docs.slice(docs.indexOf('\n## Faults'), docs.indexOf('\n## Admin'))
  const rows = faults.split('\n').filter((line) => line.startsWith('| `'))
  t.strictSame(rows, faultNames.map(documentedRow))
})

t.test('every fault names the files that act it', async (t) => {
  const simulator = new URL('../../../src/simulator/', import.meta.url)
  const files = readdirSync(simulator, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('faults/'))
    .map((path) => ({ path, text: readFileSync(new URL(path, simulator), 'utf8') }))
  for (const name of faultNames) {
    const acting = files.filter(({ text }) => text.includes(`'${name}'`)).map(({ path }) => path)
    t.strictSame([...faultEntry(name).actsIn].sort(), acting.sort(), name)
  }
})

t.test('every setting is documented with its default', async (t) => {
  const docs = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
  for (const [name, { default: value, description }] of Object.entries(SettingsSchema.properties)) {
    t.ok(docs.includes(`| \`${name}\` | \`${JSON.stringify(value)}\` | ${description} |`), name)
  }
})

t.test('words in a prompt carry value and repetition; unknown ones are ignored', async (t) => {
  const words = faultWords('x [fault:slow=30] [fault:submit-503*3][fault:cdn-503*always] [fault:nonsense]')
  t.strictSame(words, [
    { name: 'slow', value: '30', repeat: undefined },
    { name: 'submit-503', value: undefined, repeat: 3 },
    { name: 'cdn-503', value: undefined, repeat: Number.POSITIVE_INFINITY },
  ])
})

t.test('the random mode mixes faults, and the same seed gives the same ones', async (t) => {
  const faultsOf = async (seed: number) => {
    const simulator = await startSimulator({ seed, script: { random: { rate: 0.5 } } })
    for (let i = 0; i < 40; i++) {
      // Some of the faults cut the connection: that is what they are for.
      await submit(simulator, 'fal-ai/flux/dev', { prompt: `p${i}` }).catch((error: unknown) => t.ok(error))
    }
    const state = simulator.admin.state()
    t.equal(state.seed, seed)
    await simulator.close()
    return [
      state.requests.map(({ faults }) => faults.join()),
      state.submits.map(({ statusCode }) => statusCode),
    ]
  }
  const [first, second, other] = [await faultsOf(7), await faultsOf(7), await faultsOf(8)]
  t.strictSame(first, second)
  t.notSame(first, other)
  t.ok(new Set(first.flat()).size > 8)
})

function documentedRow(name: FaultName): string {
  const { does, repeat, value, survivable } = faultEntry(name)
  const strikes = Number.isFinite(repeat) ? repeat : 'always'
  const meaning = value ? `${value.means} (${value.otherwise})` : ''
  return `| \`${name}\` | ${does} | ${strikes} | ${meaning} | ${survivable ? 'yes' : ''} |`
}
