/**
 * The rooms of the source and what each may import: the tables are the design, and `refusalOf` is the one judgement that
 * every import passes. `ARCHITECTURE.md` shows the same tables.
 */

/**
 * The floors of `src`, lowest first: a room imports itself and rooms of lower floors, never of its own floor or above.
 * `root` is the files directly in `src`.
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

/**
 * Within these rooms: sub-rooms in the same order, lowest floor first. `root` is the files directly in the room; a room
 * without it has none.
 */
export const subRooms: Record<string, readonly (readonly string[])[]> = {
  'src/domain': [['root'], ['media', 'callbacks'], ['money', 'outcome'], ['transition']],
  'src/models': [['catalogue'], ['values'], ['root'], ['document']],
  'src/ports': [['root'], ['maintenance']],
  'src/jobs': [
    ['read', 'models'],
    ['create', 'run', 'archive'],
    ['callbacks', 'proxy', 'maintenance', 'accounts'],
  ],
  'src/infra': [['outbound'], ['fal', 'postgres', 'archive']],
  'src/infra/postgres': [
    ['rows'],
    ['connection'],
    ['transition', 'root'],
    ['inbox', 'callbacks', 'clients', 'models'],
    ['jobs'],
    ['maintenance'],
  ],
  'src/infra/archive': [['root'], ['folder', 's3', 'sniff']],
  'src/http': [['access', 'schemas'], ['plugins', 'streams', 'requests', 'openapi'], ['routes']],
  'src/http/routes': [['root'], ['service']],
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
  // Limits and rules know no port.
  models: ['ports'],
  concurrency: ['models'],
  // Adapters are independent of the catalogue; settings know neither ports nor machinery.
  infra: ['models'],
  config: ['ports', 'concurrency'],
  // Use cases, routes and task workers get what they use handed in.
  jobs: ['infra', 'config'],
  http: ['infra', 'config'],
  worker: ['infra', 'config', 'models'],
}

/** Rooms apart from the floors: they import nothing of the rest, and only these import them. */
const apart: Record<string, readonly string[]> = {
  // A stand-in for FAL must not share a mistake with the service.
  simulator: ['cli'],
  // Runs in browsers too: it knows the HTTP contract and nothing of the code behind it.
  client: [],
}

/**
 * The packages that a room imports; the longest path that fits counts. `node:` allows all of Node, which the rooms of
 * rules and use cases do not get.
 */
const packages: Record<string, readonly string[]> = {
  'src/domain': ['@sinclair/typebox', 'fastest-levenshtein', 'node:crypto'],
  'src/models': ['fastest-levenshtein', 'ipaddr.js', 're2js'],
  'src/ports': ['node:stream'],
  'src/concurrency': ['node:timers/promises'],
  'src/config': ['@sinclair/typebox', 'fastest-levenshtein', 'node:fs'],
  'src/jobs': [
    'node:crypto',
    'node:stream',
    'node:stream/consumers',
    'node:timers/promises',
    'node:util',
    'uuid',
  ],
  'src/infra': [],
  'src/infra/postgres': ['kysely', 'pg', 'uuid', 'node:'],
  'src/infra/fal': ['undici', 'node:'],
  'src/infra/outbound': ['@opentelemetry/api', 'ipaddr.js', 'standardwebhooks', 'undici', 'node:'],
  'src/infra/archive': ['@sinclair/typebox', 'node:'],
  'src/infra/archive/folder': ['node:'],
  'src/infra/archive/s3': ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner', 'node:'],
  'src/infra/archive/sniff': ['file-type', 'image-size', 'node:'],
  'src/http': [
    '@fastify/cors',
    '@fastify/etag',
    '@fastify/fast-json-stringify-compiler',
    '@fastify/swagger',
    '@fastify/swagger-ui',
    '@fastify/type-provider-typebox',
    '@fastify/under-pressure',
    '@opentelemetry/api',
    '@sinclair/typebox',
    'ajv',
    'ajv-formats',
    'fastify',
    'fastify-plugin',
    'ipaddr.js',
    'node:',
  ],
  'src/worker': ['pg-boss'],
  'src/telemetry': [
    '@opentelemetry/api',
    '@opentelemetry/context-async-hooks',
    '@opentelemetry/core',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace',
    'pino',
    'pino-pretty',
    'prom-client',
    'node:',
  ],
  'src/process': ['close-with-grace', 'kysely', 'pg', 'node:'],
  'src/wiring': ['kysely', 'pino', 'node:'],
  'src/doctor': ['ipaddr.js', 'pg', 'undici', 'node:'],
  'src/cli': ['@sinclair/typebox', 'openapi-typescript', 'pg', 'pino', 'yaml', 'node:'],
  src: ['@fastify/swagger', '@fastify/type-provider-typebox', 'fastify', 'pino', 'node:'],
  'src/client': ['eventsource-parser', 'openapi-fetch'],
  'src/simulator': [
    '@sinclair/typebox',
    'ajv',
    'close-with-grace',
    'fastest-levenshtein',
    'fastify',
    'ipaddr.js',
    'tweetnacl',
    'undici',
    'node:',
  ],
}

/** Why the file must not import the target (a path in `src`, or the name of a package); null when it may. */
export function refusalOf(path: string, target: string): string | null {
  const isAllowed = target.startsWith('src/') ? mayImport(path, target) : mayUse(path, target)
  return isAllowed ? null : `${path} must not import ${target}`
}

/** Why the file has no place in the design; null when it has one. */
export function misplacementOf(path: string): string | null {
  const room = roomOf(path)
  if (floorOf(room, floors) < 0 && apart[room] === undefined) return `${path} is in no room of the design`
  for (const [parent, table] of Object.entries(subRooms))
    if (path.startsWith(`${parent}/`) && floorOf(subRoomOf(path, parent), table) < 0)
      return `${path} is in no sub-room of the design`
  const untold = foldersOf(path).find((folder) => !hasPlace(folder))
  return untold === undefined ? null : `${path} is in a folder that is in no table: ${untold}`
}

/** Each folder below a room is in a table of its own, but for data, which belongs to the folder it lies in. */
const hasPlace = (folder: string): boolean => {
  const parent = folder.slice(0, folder.lastIndexOf('/'))
  return parent === 'src' || subRooms[parent] !== undefined || folder.endsWith('/data')
}

/** `src/a`, `src/a/b` of `src/a/b/c.ts`. */
const foldersOf = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, names) => names.slice(0, index + 1).join('/'))
    .slice(1)

function mayImport(path: string, target: string): boolean {
  const [own, other] = [roomOf(path), roomOf(target)]
  if (own !== other) {
    if (apart[own] !== undefined || apart[other] !== undefined)
      return apart[own] === undefined && apart[other]?.includes(own) === true
    return floorOf(other, floors) < floorOf(own, floors) && forbidden[own]?.includes(other) !== true
  }
  return Object.entries(subRooms).every(([parent, table]) => {
    if (!path.startsWith(`${parent}/`) || !target.startsWith(`${parent}/`)) return true
    const [from, to] = [subRoomOf(path, parent), subRoomOf(target, parent)]
    return from === to || floorOf(to, table) < floorOf(from, table)
  })
}

function mayUse(path: string, target: string): boolean {
  const [nearest] = Object.keys(packages)
    .filter((folder) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)
  const allowed = packages[nearest ?? ''] ?? []
  if (target.startsWith('node:')) return allowed.includes('node:') || allowed.includes(target)
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
  return allowed.includes(name)
}

function floorOf(name: string, table: readonly (readonly string[])[]): number {
  return table.findIndex((names) => names.includes(name))
}

const roomOf = (path: string): string => subRoomOf(path, 'src')

/** e.g. `read` of `src/jobs/read/find-job.ts` in `src/jobs`; `root` for files directly in the room. */
function subRoomOf(path: string, room: string): string {
  const rest = path.slice(room.length + 1).split('/')
  return rest.length > 1 ? (rest[0] ?? '') : 'root'
}
