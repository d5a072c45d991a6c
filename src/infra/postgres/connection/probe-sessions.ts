/**
 * Finds out what stands between this process and PostgreSQL: whether a pooler gives a session's connection to others
 * between two transactions, and whether prepared statements and settings survive that. It writes nothing.
 */
import type pg from 'pg'
import { databaseTrouble } from '../../../ports/database-trouble.ts'
import { withSession, workTimeouts } from './session-settings.ts'

export interface SessionProbe {
  /** A pooler in transaction mode: two transactions of one session ran on two connections. */
  isShared: boolean
  keepsStatements: boolean
  /** The timeouts that were set are in force. */
  keepsSettings: boolean
}

const connectTimeoutMs = 5_000
/** A pooler with several idle connections may not hand out the one that was used last. */
const rounds = 4

/** Statements of the probe have a name of their own and answer the same on every connection but for its number. */
const question = {
  name: 'fj_probe',
  text: `select pg_backend_pid() as pid, current_setting('lock_timeout') as lock, $1::int as round`,
}

export async function probeSessions(url: string): Promise<SessionProbe> {
  const [session, ...others] = Array.from({ length: 1 + rounds }, () => newSession(url))
  if (session === undefined) throw new Error('there is no session to probe with')
  const found: SessionProbe = { isShared: false, keepsStatements: true, keepsSettings: true }
  try {
    await session.connect()
    const first = await ask(session, 0)
    found.keepsSettings = first.lock === `${workTimeouts.lock / 1000}s`
    for (const [round, other] of others.entries()) {
      // What it takes out of the pooler stays taken until the end: also the connection that was just used.
      await other.connect()
      await other.query('begin')
      const next = await ask(session, round + 1)
      if (next.pid === first.pid) continue
      found.isShared = true
      found.keepsSettings &&= next.lock === first.lock
      return found
    }
  } catch (error) {
    if (databaseTrouble(error) !== 'statement_lost') throw error
    return { ...found, isShared: true, keepsStatements: false }
  } finally {
    await Promise.all([session, ...others].map((one) => one.end().catch(() => undefined)))
  }
  return found
}

function newSession(url: string): pg.Client {
  const session = new (withSession(workTimeouts))({
    connectionString: url,
    application_name: 'fal-jobs-probe',
    connectionTimeoutMillis: connectTimeoutMs,
  })
  // The failing query reports a lost connection; without a listener the event would end the process.
  session.on('error', () => undefined)
  return session
}

async function ask(session: pg.Client, round: number): Promise<{ pid: number; lock: string }> {
  const { rows } = await session.query<{ pid: number; lock: string }>({ ...question, values: [round] })
  const [row] = rows
  if (row === undefined) throw new Error('the server answered nothing')
  return row
}

/** What an operator must know about a pooler, in one sentence each; `refusal` keeps the service from starting. */
export interface SessionFindings {
  refusal: string | null
  warnings: string[]
}

export function judgeSessions(probe: SessionProbe, hasDirectUrl: boolean): SessionFindings {
  if (!probe.keepsStatements)
    return {
      refusal:
        'DATABASE_URL leads through a pooler in transaction mode that loses prepared statements: use its session mode, PgBouncer 1.21 or later with max_prepared_statements above 0, or the database itself',
      warnings: [],
    }
  const warnings: string[] = []
  if (probe.isShared && !hasDirectUrl)
    warnings.push(
      'DATABASE_URL leads through a pooler in transaction mode, which loses notifications between processes: set DATABASE_DIRECT_URL to the database itself',
    )
  if (!probe.keepsSettings && !probe.isShared)
    warnings.push(
      "the timeouts that the service sets are not in force: have the pooler pass SET on, or set lock_timeout and statement_timeout for the role (ALTER ROLE … SET lock_timeout = '3s')",
    )
  return { refusal: null, warnings }
}
