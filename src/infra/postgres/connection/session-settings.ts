/**
 * The settings of a session, sent in one message before its first statement. As start-up parameters PgBouncer refuses them
 * in its default configuration, and others drop them silently.
 */
import pg from 'pg'

export interface SessionTimeouts {
  /** Milliseconds; 0 for none. */
  statement: number
  /** A row held by a hung transaction or an operator becomes a retryable error. */
  lock: number
  idleInTransaction: number
}

/** Of requests and background work. */
export const workTimeouts: SessionTimeouts = { statement: 30_000, lock: 3_000, idleInTransaction: 60_000 }
/** Migrations may build indexes for minutes, also for a role that has a statement timeout. */
export const migrationTimeouts: SessionTimeouts = { statement: 0, lock: 0, idleInTransaction: 60_000 }
/** The engine's statements are its own; a database or role that limits them would stop its maintenance. */
export const engineTimeouts: SessionTimeouts = { statement: 0, lock: 0, idleInTransaction: 60_000 }

/** What statements here rely on, whatever the database or the role has by default. */
const expected = [
  `default_transaction_isolation = 'read committed'`,
  `datestyle = 'ISO, MDY'`,
  'standard_conforming_strings = on',
]

/** Also where the session's settings do not last, behind a pooler that shares connections between transactions. */
export const beginTransaction = [
  'begin isolation level read committed',
  `set local fal_jobs.trx = 'begun'`,
  `set local lock_timeout = ${workTimeouts.lock}`,
  `set local statement_timeout = ${workTimeouts.statement}`,
].join('; ')

/** A pg client class based on `Base` whose sessions have these settings. */
export function withSession(timeouts: SessionTimeouts, Base: typeof pg.Client = pg.Client): typeof pg.Client {
  const text = [
    ...expected,
    `statement_timeout = ${timeouts.statement}`,
    `lock_timeout = ${timeouts.lock}`,
    `idle_in_transaction_session_timeout = ${timeouts.idleInTransaction}`,
  ]
    .map((setting) => `set ${setting}`)
    .join('; ')
  return class extends Base {
    override connect(): Promise<pg.Client>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      if (callback === undefined)
        return new Promise((resolve, reject) => {
          this.connect((error) => (error ? reject(error) : resolve(this)))
        })
      super.connect((error: Error) => {
        // Queued before whatever the caller asks first. A connection without its settings must not be used.
        if (!error) this.query(text).catch((cause: Error) => this.connection.stream.destroy(cause))
        callback(error)
      })
      return undefined
    }
  }
}
