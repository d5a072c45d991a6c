/** No test is forgotten: each file is run by name or with the others of its room. */
import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { readSources, root } from './source-files.ts'

t.test('every test file belongs to the suite', async (t) => {
  const settings = readFileSync(`${root}/.taprc`, 'utf8')
  const [, include = ''] = /^include:\n {2}- "(.*)"$/m.exec(settings) ?? []
  const byName = globSync(include, { cwd: root })
  const processes = readSources('test/tap-loaders').filter(({ path }) => byName.includes(path))
  const rooms = processes.flatMap(({ text }) => {
    const [, list = ''] = /together\(\[(.*?)\]/.exec(text) ?? []
    return [...list.matchAll(/'(.*?)'/g)].map(([, room]) => `test/${room}/`)
  })
  const all = globSync('test/**/*.test.ts', { cwd: root })
  t.ok(all.length > byName.length && byName.length > processes.length)
  t.strictSame(
    all.filter((file) => !byName.includes(file) && !rooms.some((room) => file.startsWith(room))),
    [],
  )
})

t.test('a room in several processes has each of its parts', async (t) => {
  const parts = new Map<string, { found: number[]; of: number }>()
  for (const { text } of readSources('test/tap-loaders')) {
    const [, room = '', part, of] = /together\(\['(.*?)'\], \{ part: (\d), of: (\d) \}/.exec(text) ?? []
    if (part === undefined) continue
    const known = parts.get(room) ?? { found: [], of: Number(of) }
    t.equal(known.of, Number(of), room)
    known.found.push(Number(part))
    parts.set(room, known)
  }
  t.ok(parts.size > 0)
  for (const [room, { found, of }] of parts)
    t.strictSame(
      found.sort(),
      Array.from({ length: of }, (_, n) => n + 1),
      room,
    )
})
