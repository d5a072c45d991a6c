/**
 * Replaces connections that a failover left read-only. A session keeps what it found when it was opened, so a server that
 * takes writes again, or an address that moved to the new primary, only helps new sessions. Invariant: after one statement
 * was refused as read-only, no connection opened before that is used for another transaction.
 */
import pg from 'pg'
import { readOnlyState } from '../../../ports/database-trouble.ts'

/** Minimum time between two replacements, so that a server that stays read-only is not flooded with connections. */
const replaceEveryMs = 1_000

interface Replaceable {
  replace(): void
}

interface Sessions {
  open: Set<Replaceable>
  replacedAt: number
}

/** The open sessions of this process by server and database. */
const sessionsOf = new Map<string, Sessions>()

/** A pg client class based on `Base` whose connections are replaced after a statement was refused as read-only. */
export function replacingReadOnly(Base: typeof pg.Client = pg.Client): typeof pg.Client {
  return class extends Base implements Replaceable {
    private isBusy = false
    private isReplaced = false

    constructor(config?: string | pg.ClientConfig) {
      super(config)
      const target = `${this.host}:${this.port}/${this.database}`
      this.once('connect', () => joined(target).open.add(this))
      this.once('end', () => left(target, this))
      this.connection.on('errorMessage', ({ code }: { code?: string }) => {
        if (code === readOnlyState) replaceAll(target)
      })
      this.on('drain', () => {
        this.isBusy = false
        if (this.isReplaced) this.endWhenIdle()
      })
    }

    // pg's own signature has many overloads; all are passed on as they came.
    // biome-ignore lint/suspicious/noExplicitAny: see above
    override query(...args: any[]): any {
      this.isBusy = true
      return Reflect.apply(super.query, this, args)
    }

    replace(): void {
      this.isReplaced = true
      this.endWhenIdle()
    }

    /** A pool forgets an idle connection at its error event, and one in use when it is released after `end`. */
    private endWhenIdle(): void {
      if (this.isBusy || this.getTransactionStatus() !== 'I') return
      // The engine's pool does not listen to connections that it uses.
      if (this.listenerCount('error') > 0)
        this.emit('error', new Error('Connection terminated: the session is read-only'))
      void this.end()
    }
  }
}

function joined(target: string): Sessions {
  const known = sessionsOf.get(target) ?? { open: new Set(), replacedAt: Number.NEGATIVE_INFINITY }
  sessionsOf.set(target, known)
  return known
}

function left(target: string, session: Replaceable): void {
  const known = sessionsOf.get(target)
  known?.open.delete(session)
  if (known?.open.size === 0) sessionsOf.delete(target)
}

function replaceAll(target: string): void {
  const known = sessionsOf.get(target)
  const now = performance.now()
  if (known === undefined || now - known.replacedAt < replaceEveryMs) return
  known.replacedAt = now
  for (const session of known.open) session.replace()
}
