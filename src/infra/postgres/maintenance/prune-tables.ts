/**
 * Prunes old rows, one small batch per statement: locked rows are skipped, no lock outlives a batch, and replicas may
 * prune concurrently. Never touches jobs, their histories or the ledger.
 */
import { type Kysely, sql } from 'kysely'
import type { PrunableRows, Pruning } from '../../../ports/maintenance/pruning.ts'
import type { Database } from '../rows/schema.ts'
import { firstUuidOf } from '../rows/uuids.ts'

export function createPruning(db: Kysely<Database>): Pruning {
  const statements: Record<PrunableRows, (before: Date, limit: number) => ReturnType<typeof sql>> = {
    // Ids are UUIDv7, so they sort by creation; a key is as old as the job that was created under it.
    webhooks: (before, limit) => sql`
      delete from webhook_delivery where id in (
        select id from webhook_delivery where id < ${firstUuidOf(before.getTime())}::uuid
        order by id limit ${limit} for update skip locked
      )`,
    idempotency: (before, limit) => sql`
      delete from idempotency where (client_id, key) in (
        select client_id, key from idempotency where job_id < ${firstUuidOf(before.getTime())}::uuid
        order by job_id limit ${limit} for update skip locked
      )`,
    callbacks: (before, limit) => sql`
      delete from callback where id in (
        select id from callback where id < ${firstUuidOf(before.getTime())}::uuid and state <> 'pending'
        order by id limit ${limit} for update skip locked
      )`,
  }
  return {
    async prune(what, before, limit) {
      const { numAffectedRows } = await statements[what](new Date(before), limit).execute(db)
      return Number(numAffectedRows ?? 0n)
    },
  }
}
