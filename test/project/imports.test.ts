/** The rooms of the source and the directions of imports between them: the tables are the design, this file enforces it. */
import { dirname } from 'node:path'
import t from 'tap'
import { readSources, type SourceFile } from './source-files.ts'

/**
 * The floors of `src`, lowest first: a room imports itself and rooms of lower floors, never of its own floor or above.
 * `root` is the four files directly in `src`.
 */
const floors: readonly (readonly string[])[] = [
  ['domain'],
  ['models', 'ports'],
  // Below adapters too: they keep bounded maps and memos of their own.
  ['concurrency'],
  ['infra', 'config'],
  ['jobs'],
  ['http', 'worker'],
  ['telemetry', 'process'],
  ['wiring'],
  ['doctor'],
  ['root'],
  ['cli'],
]

/** Within these rooms: sub-rooms in the same order, lowest floor first. */
const subRooms: Record<string, readonly (readonly string[])[]> = {
  'src/jobs': [
    ['read', 'models'],
    ['create', 'run', 'archive'],
    ['callbacks', 'proxy', 'maintenance', 'accounts'],
  ],
  'src/infra/postgres': [
    ['rows'],
    ['connection'],
    ['transition'],
    ['inbox', 'callbacks', 'clients', 'models'],
    ['jobs'],
    ['maintenance'],
  ],
  'src/http': [['access', 'schemas'], ['plugins', 'streams', 'requests', 'openapi'], ['routes']],
  'src/domain': [['root'], ['media'], ['money', 'outcome'], ['transition']],
  'src/cli': [['terminal'], ['commands', 'dev', 'project'], ['root']],
  'src/simulator': [
    ['base'],
    ['faults', 'media'],
    ['world'],
    ['errors'],
    ['models'],
    ['webhooks'],
    ['queue'],
    ['run', 'rest', 'platform', 'cdn', 'admin'],
    ['root'],
  ],
}

/** What a room must not import although it lies on a lower floor. */
const forbidden: Record<string, readonly string[]> = {
  // The use cases know ports only.
  jobs: ['infra', 'config'],
  // Adapters are independent of settings and of in-process machinery of the use cases.
  domain: ['ports'],
}

/** Rooms apart from the floors: they import nothing of the rest, and only these import them. */
const apart: Record<string, readonly string[]> = {
  // A stand-in for FAL must not share a mistake with the service.
  simulator: ['cli'],
  // Runs in browsers too: it knows the HTTP contract and nothing of the code behind it.
  client: [],
}

const sources = readSources('src')
const known = new Set(sources.map(({ path }) => path))
function floorOf(name: string, table: readonly (readonly string[])[]): number {
  return table.findIndex((names) => names.includes(name))
}

t.test('imports between rooms point down', async (t) => {
  for (const file of sources) {
    for (const target of file.imports.filter((path) => known.has(path))) {
      const room = roomOf(target)
      if (room === file.room) continue
      const isApart = apart[room] !== undefined || apart[file.room] !== undefined
      const isAllowed = isApart
        ? apart[file.room] === undefined && apart[room]?.includes(file.room) === true
        : floorOf(room, floors) < floorOf(file.room, floors) && forbidden[file.room]?.includes(room) !== true
      if (!isAllowed) t.fail(`${file.path} must not import ${target}`)
    }
    if (floorOf(file.room, floors) < 0 && apart[file.room] === undefined)
      t.fail(`${file.path} is in no room of the design`)
  }
  t.pass('every import is allowed')
})

t.test('imports between sub-rooms point down', async (t) => {
  for (const [room, table] of Object.entries(subRooms)) {
    for (const file of sources.filter(({ path }) => path.startsWith(`${room}/`))) {
      const own = subRoomOf(file.path, room)
      if (floorOf(own, table) < 0 && own !== 'root') t.fail(`${file.path} is in no sub-room of the design`)
      for (const target of file.imports.filter((path) => path.startsWith(`${room}/`))) {
        const other = subRoomOf(target, room)
        if (own === other || floorOf(own, table) < 0 || floorOf(other, table) < 0) continue
        if (floorOf(other, table) >= floorOf(own, table)) t.fail(`${file.path} must not import ${target}`)
      }
    }
  }
  t.pass('every import is allowed')
})

t.test('there are no import cycles between files', async (t) => {
  const cycle = findCycle(new Map(sources.map((file) => [file.path, file.imports])))
  t.strictSame(cycle, [], 'no file imports itself through others')
})

t.test('there are no import cycles between folders', async (t) => {
  const folders = new Map<string, Set<string>>()
  for (const file of sources) {
    const own = dirname(file.path)
    const targets = folders.get(own) ?? new Set()
    for (const target of file.imports)
      if (known.has(target) && dirname(target) !== own) targets.add(dirname(target))
    folders.set(own, targets)
  }
  t.strictSame(findCycle(new Map([...folders].map(([path, targets]) => [path, [...targets]]))), [])
})

t.test('relative imports name a file that exists', async (t) => {
  const files = new Set(['src', 'test'].flatMap((folder) => readSources(folder).map(({ path }) => path)))
  for (const file of sources) {
    for (const target of file.imports) {
      if (target.endsWith('.ts') && !files.has(target)) t.fail(`${file.path} imports ${target}`)
    }
  }
  t.pass('all of them do')
})

function roomOf(path: string): SourceFile['room'] {
  return path.split('/').length > 2 ? (path.split('/')[1] ?? '') : 'root'
}

/** e.g. `read` of `src/jobs/read/find-job.ts` in `src/jobs`; `root` for files directly in the room. */
function subRoomOf(path: string, room: string): string {
  const rest = path.slice(room.length + 1).split('/')
  return rest.length > 1 ? (rest[0] ?? '') : 'root'
}

/** The nodes of one cycle in order, or nothing. Types count too: they tie rooms together as well. */
function findCycle(edges: Map<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (path: string): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return []
    trail.push(path)
    for (const next of edges.get(path) ?? []) {
      const found = visit(next)
      if (found.length > 0) return found
    }
    trail.pop()
    done.add(path)
    return []
  }
  for (const path of edges.keys()) {
    const found = visit(path)
    if (found.length > 0) return found
  }
  return []
}
