/** Habits of the house that a reader relies on: small files with an opening sentence, telling names, one place for the environment. */
import { basename, dirname } from 'node:path'
import t from 'tap'
import { unnamedFunctions } from './rules/factories.ts'
import { longFunctions } from './rules/long-functions.ts'
import { sentenceTypes } from './rules/sentence-types.ts'
import { readSources } from './source-files.ts'

const sources = readSources('src')
/** Data reads well at any length. */
const isData = (path: string) => path.includes('/data/')
const written = [...sources, ...readSources('test'), ...readSources('bench')].filter(
  ({ path }) => !isData(path),
)
const linesOf = ({ text }: { text: string }) => text.split('\n').length - 1

t.test('every source file begins with one sentence about its part', async (t) => {
  for (const { path, text } of sources) {
    const opening = /^(?:#!.*\n)?\/\*\*?\s([\s\S]*?)\*\//.exec(text)?.[1] ?? ''
    if (!/[.!?:]\s*$/.test(opening.trim())) t.fail(`${path} begins without a sentence`)
  }
  t.pass('all of them do')
})

t.test('half of the source files have at most 90 lines', async (t) => {
  const lengths = sources
    .filter(({ path }) => !isData(path))
    .map(linesOf)
    .sort((a, b) => a - b)
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0
  t.ok(median <= 90, `the median is ${median}`)
})

t.test('no file has more than 400 lines, no folder more than 25 files', async (t) => {
  const long = written.filter((file) => linesOf(file) > 400).map(({ path }) => path)
  t.strictSame(long, [])
  const folders = Map.groupBy(written, ({ path }) => dirname(path))
  const crowded = [...folders].filter(([, files]) => files.length > 25).map(([path]) => path)
  t.strictSame(crowded, [])
})

t.test('no function has more than 80 lines', async (t) => {
  const long = written.flatMap((file) => longFunctions(file, 80))
  t.strictSame(
    long.map(({ path, line, lines }) => `${path}:${line} has ${lines} lines`),
    [],
  )
})

/** PostgreSQL's own names of types. */
const sqlTypes = ['double precision', 'timestamp with time zone']

t.test('no sentence is the value of a type', async (t) => {
  t.strictSame(sentenceTypes({ path: 'a.ts', text: "type A = 'kept' | 'not kept'" }), ['not kept'])
  for (const file of sources)
    for (const words of sentenceTypes(file))
      if (!sqlTypes.includes(words))
        t.fail(`${file.path}: '${words}' is better a word or a union by \`type\``)
})

t.test('a factory of one function names that function', async (t) => {
  const samples: Record<string, number> = {
    'export function createX() { return () => 1 }': 1,
    'export function makeX() { return () => 1 }': 1,
    'export function createX() { return function x() {} }': 1,
    'export function makeX() { return async function y() {} }': 1,
    'export function makeX() { return async function x() {} }': 0,
    'export function createX() { return { y: () => 1 } }': 0,
  }
  for (const [text, count] of Object.entries(samples))
    t.equal(unnamedFunctions({ path: 'a.ts', text }).length, count, text)
  t.strictSame(sources.flatMap(unnamedFunctions), [])
})

/** Rooms of rules and use cases, and what writes their times. Ids and secrets draw from `node:crypto`. */
const fromOutside =
  /^src\/(?:domain|models|ports|concurrency|jobs|http|infra\/postgres\/(?!connection\/|run-migrations))/

t.test('time and chance come in from outside', async (t) => {
  const read = /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)/
  const found = sources.filter(({ path, text }) => fromOutside.test(path) && read.test(text))
  t.strictSame(
    found.map(({ path }) => path),
    [],
  )
})

t.test('no file is a place for whatever fits nowhere else', async (t) => {
  const names = /(^|\/)(utils?|helpers?|common|lib|misc|shared)(\/|\.ts$)/
  t.strictSame(
    sources.filter(({ path }) => names.test(path)).map(({ path }) => path),
    [],
  )
  t.strictSame(
    sources.filter(({ path }) => !/^[a-z0-9-]+\.ts$/.test(basename(path))).map(({ path }) => path),
    [],
    'names are kebab-case',
  )
})

t.test('equal file names mean the same thing: a port and what stands behind it', async (t) => {
  const own = sources.filter(({ path, room }) => !isData(path) && room !== 'simulator' && room !== 'client')
  const groups = Map.groupBy(own, ({ path }) => basename(path))
  for (const [name, files] of groups) {
    const behind = files.filter(({ room }) => room !== 'ports' && room !== 'wiring')
    if (behind.length > 1) t.fail(`${name} is ${behind.map(({ path }) => path).join(' and ')}`)
  }
  t.pass('names are searched for')
})

t.test('no file only passes on the exports of others', async (t) => {
  const barrels = sources.filter(({ path, text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
    const rest = code.replace(/export\s+(type\s+)?(\*|\{[^}]*\})[^'"]*from\s*['"][^'"]+['"];?/g, '').trim()
    return basename(path) === 'index.ts' || (rest === '' && code.trim() !== '')
  })
  t.strictSame(
    barrels.map(({ path }) => path),
    [],
  )
})

t.test('the environment is read in one place', async (t) => {
  const readers = sources.filter(({ text }) => /\bprocess\.env\b/.test(text)).map(({ path }) => path)
  t.strictSame(readers, ['src/config/config.ts', 'src/simulator/config.ts'])
})

t.test("only the engine's room knows the task engine, and one file of the tests its tables", async (t) => {
  const engine = new RegExp(["from 'pg-", "boss'|pg", 'boss'].join(''))
  const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
  const files = [...sources, ...readSources('test'), ...readSources('bench')]
    .filter(({ text }) => engine.test(code(text)))
    .map(({ path }) => path)
  t.strictSame(
    files.filter((path) => !path.startsWith('src/worker/')),
    ['test/support/engine-tables.ts'],
  )
})

t.test('only commands write to the console', async (t) => {
  const writers = sources
    .filter(({ text }) => /\bconsole\.\w+\(/.test(text))
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('src/cli/') && path !== 'src/simulator/main.ts')
  t.strictSame(writers, [])
})

t.test('nothing is left to do later in the code', async (t) => {
  const marks = new RegExp(['TO', 'DO|FIX', 'ME|X', 'XX'].join(''))
  const files = [...sources, ...readSources('test')].filter(({ text }) => marks.test(text))
  t.strictSame(
    files.map(({ path }) => path),
    [],
  )
})
