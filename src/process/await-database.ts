/**
 * Waits at a start for a database that is not there yet, so that the order in which services start does not matter, and
 * finds out whether the sessions it gives are fit for the service.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../infra/postgres/connection/database.ts'
import { judgeSessions, probeSessions } from '../infra/postgres/connection/probe-sessions.ts'
import { databaseTrouble } from '../ports/database-trouble.ts'
import type { Logger } from '../ports/logger.ts'
import { PlainError } from './plain-failure.ts'

const everyMs = 500
const logEveryMs = 5_000

/** Resolves when the database takes writes; rejects with its last error after `withinMs`, or at once when waiting is vain. */
export async function awaitDatabase(
  url: string,
  { log, withinMs }: { log: Pick<Logger, 'warn' | 'info'>; withinMs: number },
): Promise<void> {
  const begun = performance.now()
  const waited = () => performance.now() - begun
  let loggedAt = Number.NEGATIVE_INFINITY
  for (;;) {
    const error = await refusalOf(url)
    if (error === null) break
    if (!mayCome(error) || waited() + everyMs > withinMs) throw error
    if (waited() - loggedAt >= logEveryMs) {
      loggedAt = waited()
      const leftSeconds = Math.round((withinMs - waited()) / 1000)
      log.warn({ reason: reasonOf(error), leftSeconds }, 'waiting for the database')
    }
    await sleep(everyMs)
  }
  if (loggedAt >= 0) log.info({ waitedSeconds: Math.round(waited() / 1000) }, 'the database is there')
}

/** null when it takes writes. */
async function refusalOf(url: string): Promise<unknown> {
  const { pool, close } = openDatabase({ url, size: 1, log: { warn: () => undefined } })
  try {
    const { rows } = await pool.query<{ readonly: string }>(
      `select current_setting('transaction_read_only') as readonly`,
    )
    if (rows[0]?.readonly !== 'on') return null
    return Object.assign(new Error('it is read-only'), { code: '25006' })
  } catch (error) {
    return error
  } finally {
    await close()
  }
}

/** A pooler that refuses a connection for what it asks, and a wrong login, will not change their minds. */
function mayCome(error: unknown): boolean {
  const trouble = databaseTrouble(error)
  const isRefused = error instanceof Error && 'code' in error && error.code === '08P01'
  return !isRefused && (trouble === 'unreachable' || trouble === 'full' || trouble === 'read_only')
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || String('code' in error ? error.code : error.name) : String(error)

/** Warns of a pooler that needs attention. @throws PlainError for one that would lose statements. */
export async function checkSessions(
  url: string,
  { log, hasDirectUrl }: { log: Pick<Logger, 'warn'>; hasDirectUrl: boolean },
): Promise<void> {
  const { refusal, warnings } = judgeSessions(await probeSessions(url), hasDirectUrl)
  if (refusal !== null) throw new PlainError(`${refusal}.`)
  for (const warning of warnings) log.warn({}, warning)
}
