/** What `/readyz` checks: database, migrations, worker, archive and FAL's key set. A failed optional check never answers 503. */
import { type Kysely, sql } from 'kysely'
import { sharedFor } from '../concurrency/shared-for.ts'
import type { Config } from '../config/config.ts'
import type { ReadinessCheck } from '../http/routes/service/health-routes.ts'
import type { Database } from '../infra/postgres/rows/schema.ts'
import { missingMigrations } from '../infra/postgres/run-migrations.ts'
import type { ArchiveStore } from '../ports/archive-store.ts'

export interface ReadinessParts {
  role: Config['role']
  db: Kysely<Database>
  archive: Pick<ArchiveStore, 'ping'>
  /** Epoch milliseconds of the last finished sweep. */
  worker: { lastSweepAt(): number }
  verifier: { state(): { keys: number; lastError: string | null } }
}

/** A bucket is asked for an object that is not there; nothing is written. */
const archiveCheckMs = 15_000

export function readinessChecks(parts: ReadinessParts): ReadinessCheck[] {
  const { db, worker, archive, role, verifier } = parts
  return [
    {
      name: 'database',
      trouble: 'The database does not take writes.',
      required: true,
      check: async () => {
        // A read-only session refuses to lock rows: then it is replaced, and the service is not ready for writes.
        await db.selectFrom('setting').select('name').where(sql<boolean>`false`).forUpdate().execute()
      },
    },
    {
      name: 'migrations',
      trouble: 'Migrations are missing.',
      required: true,
      check: async () => {
        const missing = await missingMigrations(db)
        if (missing.length > 0) throw new Error(`not applied: ${missing.join(', ')}`)
      },
    },
    {
      name: 'worker',
      trouble: 'Background work does not progress.',
      required: role !== 'api',
      check: async () => {
        if (role === 'api') return
        const age = Date.now() - worker.lastSweepAt()
        if (age > 15_000) throw new Error(`no sweep for ${Math.round(age / 1000)} s`)
      },
    },
    {
      name: 'archive',
      trouble: 'The archive does not answer.',
      required: false,
      check: sharedFor(archiveCheckMs, () => archive.ping()),
    },
    {
      name: 'keySet',
      trouble: "FAL's key set cannot be read.",
      required: false,
      check: async () => {
        const state = verifier.state()
        if (state.keys === 0 && state.lastError !== null) throw new Error(state.lastError)
      },
    },
  ]
}
