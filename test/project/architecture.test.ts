/** ARCHITECTURE.md cannot lie: its pictures are compared with the imports and the state machine; documents.test.ts checks its paths. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { subRooms } from './rules/room-rules.ts'
import { readSources, root } from './source-files.ts'
import { edgesOf, type StateField } from './state-edges.ts'

const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')

/** The lines of the picture that follows the comment `<!-- mark… -->`. */
function picture(mark: string): string[] {
  const found = new RegExp(`<!-- ${mark}[^>]*-->\\s*\`\`\`mermaid\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1]
  if (found === undefined) throw new Error(`ARCHITECTURE.md has no picture "${mark}"`)
  return found.split('\n').map((line) => line.trim())
}

t.test('the picture of the rooms has the directions of the real imports', async (t) => {
  const lines = picture('rooms').map((line) => line.replace(/\["[^"]*"\]/g, ''))
  const drawn = lines.flatMap((line) => {
    const [, from = '', to = ''] = /^(\w+) --> (\w+)$/.exec(line) ?? []
    return from === '' ? [] : [`${from} --> ${to}`]
  })
  const sources = readSources('src')
  const roomOf = new Map(sources.map(({ path, room }) => [path, room]))
  const real = new Set<string>()
  for (const { room, imports } of sources)
    for (const target of imports) {
      const other = roomOf.get(target)
      if (other !== undefined && other !== room) real.add(`${room} --> ${other}`)
    }
  const named = new Set(lines.flatMap((line) => line.match(/^\w+(?= -->|$)|(?<=--> )\w+$/g) ?? []))
  t.strictSame(
    [...new Set(sources.map(({ room }) => room))].filter((room) => !named.has(room)),
    [],
    'every room is in the picture',
  )
  t.strictSame(
    drawn.filter((edge) => !real.has(edge)),
    [],
    'every arrow is an import',
  )
  t.strictSame(
    [...real].filter((edge) => !leads(drawn, edge)),
    [],
    'every import follows arrows',
  )
})

t.test('the table of sub-rooms is the one that imports are held to', async (t) => {
  const table = /<!-- sub-rooms[^>]*-->\s*((?:\|.*\n)+)/.exec(text)?.[1] ?? ''
  const rows = [...table.matchAll(/^\| `(src\/[^`]+)` \| (.*) \|$/gm)]
  const shown = rows.map(([, room = '', cell = '']) => [room, cell.split(' → ').map(namesOf)])
  const sorted = Object.entries(subRooms).map(([room, levels]) => [
    room,
    levels.map((level) => level.toSorted()),
  ])
  t.strictSame(Object.fromEntries(shown), Object.fromEntries(sorted))
})

const namesOf = (level: string): string[] =>
  [...level.matchAll(/`([^`]+)`|files of the room itself/g)].map(([, name = 'root']) => name).sort()

/** Whether arrows lead from one end of `edge` to the other. */
function leads(drawn: readonly string[], edge: string): boolean {
  const [from = '', to = ''] = edge.split(' --> ')
  const reached = new Set([from])
  for (const room of reached)
    for (const arrow of drawn) {
      const [start = '', end = ''] = arrow.split(' --> ')
      if (start === room) reached.add(end)
    }
  return reached.has(to)
}

for (const field of ['status', 'submission', 'archiveStatus'] as const satisfies StateField[]) {
  t.test(`the picture of ${field} has the edges of the transition function`, async (t) => {
    const drawn = picture(`states: ${field} `).filter((line) => /-->.*:/.test(line))
    t.strictSame(drawn.sort(), edgesOf(field))
  })
}

t.test(
  'the table of changes answers at least forty questions, the table of promises names tests',
  async (t) => {
    const section = (title: string) => text.split(/^## /m).find((part) => part.startsWith(title)) ?? ''
    const rows = (part: string) =>
      part
        .split('\n')
        .filter((line) => /^\| (?!---)/.test(line))
        .slice(1)
    const changes = rows(section('To change X'))
    t.ok(changes.length >= 40, `${changes.length} rows`)
    const promises = rows(section('Where each promise'))
    t.ok(promises.length >= 10, `${promises.length} promises`)
    for (const row of promises) t.match(row, /`src\/[^|]*\|[^|]*`test\//, row)
  },
)
