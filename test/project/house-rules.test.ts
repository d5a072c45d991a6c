/** Habits of the house that a reader relies on: small files with an opening sentence, telling names, one place for the environment. */
import { basename } from 'node:path'
import t from 'tap'
import { readSources } from './source-files.ts'

const sources = readSources('src')
/** Data reads well at any length. */
const isData = (path: string) => path.includes('/data/')

t.test('every source file begins with one sentence about its part', async (t) => {
  for (const { path, text } of sources) {
    const opening = /^(?:#!.*\n)?\/\*\*?\s([\s\S]*?)\*\//.exec(text)?.[1] ?? ''
    if (!/[.!?:]\s*$/.test(opening.trim())) t.fail(`${path} begins without a sentence`)
  }
  t.pass('all of them do')
})

t.test('no source file has more than 400 lines, and half of them at most 90', async (t) => {
  const lengths = sources
    .filter(({ path }) => !isData(path))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .sort((a, b) => a.lines - b.lines)
  for (const { path, lines } of lengths) if (lines > 400) t.fail(`${path} has ${lines} lines`)
  const median = lengths[Math.floor(lengths.length / 2)]?.lines ?? 0
  t.ok(median <= 90, `the median is ${median}`)
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
