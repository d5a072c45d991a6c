/** No import leaves the directions of the rooms, and none goes in a circle; `rules/room-rules.ts` has the tables. */
import { dirname } from 'node:path'
import t from 'tap'
import { misplacementOf, refusalOf } from './rules/room-rules.ts'
import { readSources } from './source-files.ts'

const sources = readSources('src')
const known = new Set(sources.map(({ path }) => path))

t.test('every file lies in a room and a sub-room of the design', async (t) => {
  t.strictSame(
    sources.flatMap(({ path }) => misplacementOf(path) ?? []),
    [],
  )
})

t.test('imports point down, and packages are those of the room', async (t) => {
  const refused = sources.flatMap(({ path, imports, packages }) =>
    [...imports.filter((target) => known.has(target)), ...packages].flatMap(
      (target) => refusalOf(path, target) ?? [],
    ),
  )
  t.strictSame(refused, [])
})

t.test('what the rules are to refuse, they refuse', async (t) => {
  const refused: Record<string, readonly string[]> = {
    'src/infra/fal/x.ts': ['src/infra/postgres/rows/uuids.ts', 'src/infra/archive/probe.ts', 'kysely'],
    'src/infra/archive/x.ts': ['src/infra/postgres/rows/uuids.ts', 'src/infra/archive/s3/s3-put.ts'],
    'src/infra/outbound/x.ts': ['src/infra/postgres/rows/uuids.ts', 'src/infra/fal/caller.ts'],
    'src/infra/postgres/rows/x.ts': [
      'src/infra/archive/probe.ts',
      'src/infra/postgres/connection/database.ts',
    ],
    'src/infra/archive/sniff/x.ts': ['src/infra/archive/folder/folder-list.ts', '@aws-sdk/client-s3'],
    'src/infra/postgres/x.ts': ['src/infra/postgres/maintenance/read-gauges.ts'],
    'src/models/catalogue/x.ts': ['src/models/prepare.ts', 'src/models/values/size.ts'],
    'src/models/values/x.ts': ['src/models/prepare.ts'],
    'src/models/x.ts': ['src/models/document/roles.ts', 'src/ports/clock.ts', 'node:fs'],
    'src/jobs/read/x.ts': ['src/jobs/create/create-job.ts', 'src/infra/fal/caller.ts'],
    'src/jobs/run/x.ts': ['src/config/config.ts', 'kysely', 'pg', 'node:fs'],
    'src/http/routes/x.ts': [
      'src/http/routes/service/health-routes.ts',
      'src/infra/fal/caller.ts',
      'src/config/config.ts',
      'src/worker/queues.ts',
      'pg',
    ],
    'src/worker/x.ts': ['src/infra/fal/caller.ts', 'src/config/config.ts', 'kysely'],
    'src/domain/x.ts': ['src/domain/money/money.ts', 'src/ports/clock.ts', 'pg', 'node:fs'],
    'src/ports/x.ts': ['kysely', 'src/models/prepare.ts'],
    'src/simulator/base/x.ts': ['src/domain/job.ts', 'src/simulator/world/world.ts'],
    'src/client/x.ts': ['src/domain/job.ts', 'node:fs'],
    'src/server.ts': ['src/cli/main.ts', 'src/simulator/main.ts', 'src/client/client.ts'],
  }
  for (const [path, targets] of Object.entries(refused))
    for (const target of targets) t.ok(refusalOf(path, target), `${path} must not import ${target}`)
  const allowed: Record<string, readonly string[]> = {
    'src/infra/fal/x.ts': ['src/infra/outbound/exchange.ts', 'undici', 'node:fs', 'src/ports/fal.ts'],
    'src/infra/postgres/x.ts': ['src/infra/postgres/connection/database.ts', 'kysely/migration'],
    'src/cli/dev/x.ts': ['src/simulator/simulator.ts', 'src/app.ts'],
    'src/jobs/run/x.ts': ['src/jobs/read/find-job.ts', 'src/jobs/run/poll-job.ts', 'uuid'],
  }
  for (const [path, targets] of Object.entries(allowed))
    for (const target of targets) t.equal(refusalOf(path, target), null, `${path} may import ${target}`)
  for (const path of [
    'src/jobs/x.ts',
    'src/http/x.ts',
    'src/infra/x.ts',
    'src/new/x.ts',
    'src/jobs/new/x.ts',
    'src/jobs/read/new/x.ts',
    'src/worker/new/x.ts',
  ])
    t.ok(misplacementOf(path), `${path} has no place`)
  for (const path of ['src/app.ts', 'src/infra/archive/x.ts', 'src/http/schemas/data/x.ts'])
    t.equal(misplacementOf(path), null, `${path} has a place`)
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
