/** What a stretch of work asked of PostgreSQL: how often each statement (pg_stat_statements) and with which plan (auto_explain). */
import type pg from 'pg'

export interface Statement {
  text: string
  calls: number
  /** Asked by us; the rest are the look-ups of foreign keys inside. */
  asked: number
  ms: number
}

/** One stretch of work. */
export interface Path {
  /** Requests made, or seconds passed. */
  count: number
  statements: Statement[]
  /** The last plan of each statement, by its text without spaces: the first of a connection also reads catalogs. */
  plans: Map<string, Plan>
}

interface Plan {
  ms: number
  lines: string[]
}

export interface Asked {
  /** Runs `work`, which answers how many requests it made. */
  during(work: () => Promise<number>): Promise<Path>
}

/** From now on connections to this database tell every plan; needs jsonlog from the logging collector. */
export async function explaining(pool: pg.Pool): Promise<Asked> {
  const { rows } = await pool.query<{ name: string }>('select current_database() as name')
  const name = rows[0]?.name ?? ''
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_parameter_max_length': '0',
    'auto_explain.log_level': 'log',
  }
  for (const [key, value] of Object.entries(settings))
    await pool.query(`alter database ${name} set ${key} = '${value}'`)
  return {
    async during(work) {
      await pool.query('select pg_stat_statements_reset()')
      const before = await logPlace(pool)
      const count = await work()
      const statements = await countedIn(pool)
      return { count, statements, plans: plansIn(await logSince(pool, before)) }
    },
  }
}

async function countedIn(pool: pg.Pool): Promise<Statement[]> {
  const { rows } = await pool.query<Statement>(
    `select query as text, sum(calls)::float8 as calls,
       coalesce(sum(calls) filter (where query not like '%FOR KEY SHARE OF x'), 0)::float8 as asked, sum(total_exec_time) as ms from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
       and query not like '%pg_stat_statements%' and query not like '%pg_current_logfile%'
     group by query order by ms desc`,
  )
  return rows
}

interface LogPlace {
  file: string
  size: number
}

async function logPlace(pool: pg.Pool): Promise<LogPlace> {
  const { rows } = await pool.query<LogPlace>(
    `select file, (pg_stat_file(file)).size::float8 as size from pg_current_logfile('jsonlog') as file`,
  )
  return rows[0] ?? { file: '', size: 0 }
}

async function logSince(pool: pg.Pool, before: LogPlace): Promise<string> {
  const now = await logPlace(pool)
  const from = now.file === before.file ? before.size : 0
  // A part of it, when it is long: any sample of the plans will do.
  const length = Math.min(now.size - from, 64_000_000)
  const { rows } = await pool.query<{ text: string }>('select pg_read_file($1, $2, $3) as text', [
    now.file,
    from,
    length,
  ])
  return rows[0]?.text ?? ''
}

function plansIn(log: string): Map<string, Plan> {
  const plans = new Map<string, Plan>()
  for (const line of log.split('\n')) {
    if (!line.includes('plan:') || !line.startsWith('{') || !line.endsWith('}')) continue
    const { message } = JSON.parse(line) as { message: string }
    const found =
      /^duration: ([\d.]+) ms {2}plan:\nQuery Text: ([\s\S]*?)\n((?:[A-Z][\w ]+(?: on | using |\(| {2}\()).*[\s\S]*)$/.exec(
        message,
      )
    if (found === null) continue
    const [, ms = '', text = '', plan = ''] = found
    const key = keyOf(text)
    plans.set(key, { ms: Number(ms), lines: plan.split('\n') })
  }
  return plans
}

/** pg_stat_statements puts $n for constants, auto_explain shows them: what is left is alike. */
const keyOf = (text: string): string =>
  text
    .replaceAll(/'(?:[^']|'')*'|\$\d+|\b\d+\b|\b(?:null|true|false)\b/gi, '?')
    .replaceAll(/\s+/g, '')
    .replaceAll(/\(\?(?:,\?)*(?:\/\*,\.\.\.\*\/)?\)/g, '(?)')
    .toLowerCase()

/** Fewer than one in ten requests: background work that happened to run. */
const tooRare = 0.1
const longest = 150

/** Markdown: statements a request, then the plan of each; what looks as if it would grow with the tables is marked. */
export function show(name: string, path: Path, shared?: Path): string {
  const perSecond = shared === undefined
  const often = path.statements.filter(({ calls }) => perSecond || calls / path.count >= tooRare)
  const sum = (of: Path, what: 'calls' | 'asked' = 'asked') =>
    of.statements.reduce((total, statement) => total + statement[what], 0) / Math.max(1, of.count)
  const checks = (of: Path) => sum(of, 'calls') - sum(of)
  const head = perSecond
    ? `## ${name}\n\n${sum(path).toFixed(1)} statements a second.`
    : `## ${name}\n\n${sum(path).toFixed(1)} statements a request alone (and ${checks(path).toFixed(1)} of foreign keys), ${sum(shared).toFixed(2)} (and ${checks(shared).toFixed(1)}) with 64 connections.`
  const parts = often.map((statement) => {
    const plan = path.plans.get(keyOf(statement.text))
    const each = (statement.calls / path.count).toFixed(2)
    const ms = (statement.ms / statement.calls).toFixed(3)
    const mark = plan !== undefined && growsWithTables(plan) ? '  **GROWS?**' : ''
    const title = `- ${each} × \`${shortened(statement.text)}\`, ${ms} ms on average${mark}`
    return plan === undefined ? title : `${title}\n${indented(plan.lines)}`
  })
  return `${head}\n\n${parts.join('\n')}\n`
}

/** Many rows read and thrown away, or a whole table read. */
function growsWithTables({ ms, lines }: Plan): boolean {
  const text = lines.join('\n')
  const removed = [...text.matchAll(/Rows Removed by \w+(?: \w+)*: (\d+)/g)].some(
    ([, rows]) => Number(rows) > 500,
  )
  const scanned = [...text.matchAll(/Seq Scan on \w+.*rows=(\d+)(?:\.\d+)? loops/g)].some(
    ([, rows]) => Number(rows) > 500,
  )
  return removed || scanned || ms > 20
}

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('`', "'")
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}

const indented = (lines: readonly string[]): string =>
  [
    '```',
    ...lines
      .filter((line) => !/Query Identifier|^\s*Planning/.test(line))
      .map((line) => line.slice(0, longest)),
    '```',
  ]
    .map((line) => `  ${line}`)
    .join('\n')
