/** What is kept of FAL's models, and whose turn it is to refresh it. */

import { type Kysely, sql } from 'kysely'
import type { ModelStore, PriceMove } from '../../../ports/model-store.ts'
import { readNumber, writeNumber } from '../connection/number-setting.ts'
import { inTransaction } from '../connection/transaction.ts'
import type { Database } from '../rows/schema.ts'
import { settingNames } from '../rows/setting-names.ts'
import { listModels, readModel } from './model-row.ts'
import { saveModel } from './save-model.ts'

export function createModelStore(db: Kysely<Database>): ModelStore {
  return {
    read: (endpointId) => readModel(db, endpointId),

    save: (learned, at) => inTransaction(db, (trx) => saveModel(trx, learned, new Date(at))),

    savePrices: (prices, at) => savePrices(db, prices, new Date(at)),

    list: (page) => listModels(db, page),

    async claimRefresh(at, everyMs) {
      const { numAffectedRows } = await sql`
        insert into setting (name, value) values (${settingNames.modelsRefreshedAt}, to_jsonb(${at}::float8))
        on conflict (name) do update set value = excluded.value, updated_at = now()
        where (setting.value #>> '{}')::float8 <= ${at - everyMs}::float8`.execute(db)
      return Number(numAffectedRows ?? 0n) > 0
    },

    listedAt: () => readNumber(db, settingNames.modelsListedAt),

    async noteList(endpointIds, at) {
      await inTransaction(db, async (trx) => {
        await trx
          .updateTable('model')
          .set({ status: 'unlisted', changed_at: sql<Date>`now()` })
          .where('status', 'in', ['active', 'deprecated'])
          .where(sql<boolean>`endpoint_id <> all(${[...endpointIds]}::text[])`)
          .execute()
        await writeNumber(trx, settingNames.modelsListedAt, at)
      })
    },

    async versions(endpointId, limit) {
      const rows = await db
        .selectFrom('model_version')
        .select(['version', 'facts', 'read_at'])
        .where('endpoint_id', '=', endpointId)
        .orderBy('version', 'desc')
        .limit(limit)
        .execute()
      return rows.map(({ version, facts, read_at }) => ({ version, facts, readAt: read_at.getTime() }))
    },

    async pin(endpointId, pinned) {
      await pin(db, endpointId, pinned)
      return readModel(db, endpointId)
    },
  }
}

async function savePrices(
  db: Kysely<Database>,
  prices: Parameters<ModelStore['savePrices']>[0],
  at: Date,
): Promise<PriceMove[]> {
  if (prices.length === 0) return []
  const { rows } = await sql<MoveRow>`
    update model set unit = published.unit, unit_price_micros = published.micros, priced_at = ${at},
      changed_at = case when before.unit is distinct from published.unit
        or before.unit_price_micros is distinct from published.micros then now() else model.changed_at end
    from unnest(
      ${prices.map((price) => price.endpointId)}::text[],
      ${prices.map((price) => price.unit)}::text[],
      ${prices.map((price) => price.unitPriceMicros)}::float8[]
    ) as published (endpoint_id, unit, micros)
    join model as before on before.endpoint_id = published.endpoint_id
    where model.endpoint_id = published.endpoint_id
    returning model.endpoint_id, before.unit as old_unit, before.unit_price_micros as old_micros,
      published.unit, published.micros`.execute(db)
  return rows.flatMap((row) => {
    const { old_unit: unit, old_micros: micros } = row
    if (unit === null || micros === null || (unit === row.unit && micros === row.micros)) return []
    const to = { unit: row.unit, unitPriceMicros: row.micros }
    return [{ endpointId: row.endpoint_id, from: { unit, unitPriceMicros: micros }, to }]
  })
}

interface MoveRow {
  endpoint_id: string
  old_unit: string | null
  old_micros: number | null
  unit: string
  micros: number
}

async function pin(
  db: Kysely<Database>,
  endpointId: string,
  pinned: { version: number | null } | null,
): Promise<void> {
  const changes = { pinned: pinned !== null, changed_at: sql<Date>`now()` }
  if (pinned === null) {
    const newest = sql<number | null>`
      (select max(version) from model_version where endpoint_id = ${endpointId})`
    await db
      .updateTable('model')
      .set({ ...changes, version: newest })
      .where('endpoint_id', '=', endpointId)
      .execute()
  } else {
    await db
      .insertInto('model')
      .values({ endpoint_id: endpointId, status: 'unknown', pinned: true, version: pinned.version })
      .onConflict((conflict) =>
        conflict.column('endpoint_id').doUpdateSet({ ...changes, version: pinned.version }),
      )
      .execute()
  }
}
