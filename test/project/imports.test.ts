/** The rooms of the source and who may import whom: the table is the design, this file holds the code to it. */
import t from 'tap'
import { readSources, type SourceFile } from './source-files.ts'

/** Each room may import itself and what its line names: rooms, or single files. */
const mayImport: Record<string, readonly string[]> = {
  domain: [],
  models: ['domain'],
  jobs: ['models', 'domain'],
  http: ['jobs', 'models', 'domain'],
  worker: ['jobs', 'models', 'domain'],
  infra: ['domain', 'src/ports/job-store.ts'],
  simulator: [],
  // Runs in browsers too: it knows the HTTP contract and nothing of the code behind it.
  client: [],
  // Commands start what the root files wire, and the simulator beside it; the demo wants a database of its own.
  cli: ['jobs', 'models', 'domain', 'root', 'simulator', 'src/process/embedded-postgres.ts'],
  // The root files wire everything but the commands and the simulator.
  root: ['domain', 'models', 'jobs', 'worker', 'infra', 'http'],
}

const sources = readSources('src')

t.test('imports between rooms point one way', async (t) => {
  const known = new Set(sources.map(({ path }) => path))
  for (const file of sources) {
    const allowed = mayImport[file.room]
    if (allowed === undefined) {
      t.fail(`${file.path} is in no room of the design`)
      continue
    }
    for (const target of file.imports) {
      if (!known.has(target)) continue
      const room = target.split('/').length > 2 ? (target.split('/')[1] ?? '') : 'root'
      const isAllowed = room === file.room || allowed.includes(room) || isNamed(target, allowed)
      if (!isAllowed) t.fail(`${file.path} must not import ${target}`)
    }
  }
  t.pass('every import is allowed')
})

t.test('there are no import cycles', async (t) => {
  const cycle = findCycle(new Map(sources.map((file) => [file.path, file])))
  t.strictSame(cycle, [], 'no file imports itself through others')
})

t.test('relative imports name a file that exists', async (t) => {
  const known = new Set(['src', 'test'].flatMap((folder) => readSources(folder).map(({ path }) => path)))
  for (const file of sources) {
    for (const target of file.imports) {
      if (target.endsWith('.ts') && !known.has(target)) t.fail(`${file.path} imports ${target}`)
    }
  }
  t.pass('all of them do')
})

/** A file named alone, and its siblings for the same purpose: `ports.ts` and `callback-ports.ts`. */
function isNamed(target: string, allowed: readonly string[]): boolean {
  return allowed.includes(target.replace(/[a-z-]*-ports\.ts$/, 'ports.ts'))
}

/** The files of one cycle in order, or nothing. Types count too: they tie rooms together as well. */
function findCycle(files: Map<string, SourceFile>): string[] {
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (path: string): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return []
    trail.push(path)
    for (const next of files.get(path)?.imports ?? []) {
      const found = visit(next)
      if (found.length > 0) return found
    }
    trail.pop()
    done.add(path)
    return []
  }
  for (const path of files.keys()) {
    const found = visit(path)
    if (found.length > 0) return found
  }
  return []
}
