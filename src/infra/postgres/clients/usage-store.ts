/**
 * Usage on PostgreSQL: summed hours are read from the sums, all others from the jobs. Invariant: a report is what the
 * jobs say at that moment, or at the last summing of an hour whose change is noted for the next.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import { type Page, wrongCursor } from '../../../ports/page.ts'
import type { UsageGroup, UsageQuery, UsageRow, UsageStore } from '../../../ports/usage.ts'
import type { Database } from '../rows/schema.ts'
import { firstUuidOf, uuidOf } from '../rows/uuids.ts'
import { hourMs } from '../transition/mark-usage.ts'
import { sumHours, sums } from './sum-usage.ts'

export function createUsageStore(db: Kysely<Database>): UsageStore {
  return {
    read: (query, page) => readUsage(db, query, page),
    sumHours: (now, limit) => sumHours(db, now, limit),
  }
}

type Text = RawBuilder<string>

/** As text, so that any group sorts, pages and compares alike. */
function textOf(group: UsageGroup, tags: readonly string[]): Text {
  switch (group) {
    case 'hour':
      return sql`to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
    case 'day':
      return sql`to_char(hour at time zone 'UTC', 'YYYY-MM-DD')`
    case 'client':
      return sql`client_id::text`
    case 'userId':
      return sql`coalesce(user_id, '')`
    case 'model':
    case 'kind':
    case 'status':
      return sql`${sql.ref(group)}`
    default:
      return sql`coalesce(${sql.ref(`tag${tags.indexOf(group)}`)}, '')`
  }
}

async function readUsage(
  db: Kysely<Database>,
  query: UsageQuery,
  { limit, cursor }: { limit: number; cursor: string | null },
): Promise<Page<UsageRow>> {
  const tags = query.groupBy.filter((group) => group.startsWith('metadata.'))
  const values = query.groupBy.map((group) => textOf(group, tags))
  const hours = await hoursToRead(db, query, tags.length > 0)
  const sources = [ofJobs(query, hours, tags)]
  if (tags.length === 0) sources.push(ofSums(query, hours))
  const named = values.map((value, n) => sql`${value} collate "C" as ${sql.ref(`group${n}`)}`)
  const names = sql.join(values.map((_, n) => sql.ref(`group${n}`)))
  const { rows } = await sql<Row>`
    select ${names}, sum(jobs)::bigint as jobs, sum(files)::bigint as files, sum(bytes)::float8 as bytes,
      sum(estimated_micros)::float8 as estimated, sum(actual_micros)::float8 as actual,
      sum(charged_micros)::float8 as charged, sum(unsettled_jobs)::bigint as unsettled
    from (
      select ${sql.join(named)}, jobs, files, bytes, estimated_micros, actual_micros, charged_micros, unsettled_jobs
      from (${sql.join(sources, sql` union all `)}) as source
    ) as grouped
    ${cursor === null ? sql`` : sql`where (${names}) > (${sql.join(valuesOfCursor(cursor, values.length))})`}
    group by ${names} order by ${names} limit ${limit + 1}`.execute(db)
  const data = rows.slice(0, limit).map((row) => rowOf(row, query.groupBy))
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { data, nextCursor: last === undefined ? null : cursorOf(keyOf(last, values.length)) }
}

interface Row {
  [group: `group${number}`]: string
  jobs: number
  files: number
  bytes: number
  estimated: number
  actual: number
  charged: number
  unsettled: number
}

/** Ranges of whole hours that must be read from the jobs, as pairs of first and next time. */
async function hoursToRead(
  db: Kysely<Database>,
  { from, to }: UsageQuery,
  all: boolean,
): Promise<[number, number][]> {
  if (all) return [[from, to]]
  const { rows } = await sql<{ hour: Date }>`
    select hour from usage_summed where hour >= ${new Date(from)} and hour < ${new Date(to)}`.execute(db)
  const summed = new Set(rows.map(({ hour }) => hour.getTime()))
  const ranges: [number, number][] = []
  for (let hour = from; hour < to; hour += hourMs) {
    if (summed.has(hour)) continue
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === hour) last[1] = hour + hourMs
    else ranges.push([hour, hour + hourMs])
  }
  return ranges
}

const ofClient = (clientId: string | null) =>
  clientId === null ? sql`` : sql`and client_id = ${uuidOf('cli', clientId)}`

/** Jobs of the hours, by their ids, which begin with the time; only what the groups need is separated. */
function ofJobs(
  { clientId, groupBy }: UsageQuery,
  hours: readonly [number, number][],
  tags: readonly string[],
) {
  const needed = (groups: readonly UsageGroup[], column: RawBuilder<unknown>, type: string) =>
    groups.some((group) => groupBy.includes(group)) ? column : sql`null::${sql.raw(type)}`
  const tagged = [0, 1].map((n) => {
    const tag = tags[n]?.slice('metadata.'.length)
    const name = sql.ref(`tag${n}`)
    return tag === undefined ? sql`null::text as ${name}` : sql`metadata ->> ${tag} as ${name}`
  })
  return sql`
    select ${needed(['hour', 'day'], sql`date_trunc('hour', created_at, 'UTC')`, 'timestamptz')} as hour,
      ${needed(['client'], sql`client_id`, 'uuid')} as client_id, ${needed(['userId'], sql`user_id`, 'text')} as user_id,
      ${needed(['model'], sql`model`, 'text')} as model, ${needed(['kind'], sql`kind`, 'text')} as kind,
      ${needed(['status'], sql`status`, 'text')} as status, ${sql.join(tagged)}, ${sums}
    from unnest(
        ${hours.map(([first]) => firstUuidOf(first))}::uuid[], ${hours.map(([, next]) => firstUuidOf(next))}::uuid[]
      ) as range (first_id, next_id)
      join job on job.id >= range.first_id and job.id < range.next_id ${ofClient(clientId)}
    group by 1, 2, 3, 4, 5, 6, 7, 8`
}

function ofSums({ clientId, from, to, groupBy }: UsageQuery, hours: readonly [number, number][]) {
  const withUsers = groupBy.includes('userId')
  const table = sql.table(withUsers ? 'usage_user_hour' : 'usage_hour')
  // Hours that were read from the jobs may have been summed since.
  const isElsewhere = hours.map(
    ([first, next]) => sql`and not (hour >= ${new Date(first)} and hour < ${new Date(next)})`,
  )
  return sql`
    select hour, client_id, ${withUsers ? sql`user_id` : sql`null::text as user_id`}, model, kind, status,
      null::text as tag0, null::text as tag1,
      jobs, files, bytes, estimated_micros, actual_micros, charged_micros, unsettled_jobs
    from ${table} where hour >= ${new Date(from)} and hour < ${new Date(to)} ${ofClient(clientId)}
      ${isElsewhere.length === 0 ? sql`` : sql.join(isElsewhere, sql` `)}`
}

function rowOf(row: Row, groupBy: readonly UsageGroup[]): UsageRow {
  const groups = keyOf(row, groupBy.length).map((value, n) => {
    if (value === '') return null
    return groupBy[n] === 'client' ? toId('cli', value) : value
  })
  const { jobs, files, bytes, estimated, actual, charged, unsettled } = row
  return {
    groups,
    jobs,
    files,
    bytes,
    estimatedMicros: estimated,
    actualMicros: actual,
    chargedMicros: charged,
    unsettledJobs: unsettled,
  }
}

const keyOf = (row: Row, groups: number): string[] =>
  Array.from({ length: groups }, (_, n) => row[`group${n}`] ?? '')

const cursorOf = (key: readonly string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')

function valuesOfCursor(cursor: string, groups: number): string[] {
  const key: unknown = tryParse(Buffer.from(cursor, 'base64url').toString())
  if (!Array.isArray(key) || key.length !== groups || !key.every((value) => typeof value === 'string'))
    throw wrongCursor()
  return key
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
