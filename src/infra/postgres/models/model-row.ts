/** A row of the model table, with the version in use, as the code knows it. */
import { type Kysely, type Selectable, sql } from 'kysely'
import type { StoredModel } from '../../../ports/model-store.ts'
import type { Database, ModelTable } from '../rows/schema.ts'

type Row = Selectable<ModelTable> & { facts: string | null; read_at: Date | null }

export async function readModel(db: Kysely<Database>, endpointId: string): Promise<StoredModel | null> {
  const row = await withVersion(db)
    .select('v.facts')
    .where('model.endpoint_id', '=', endpointId)
    .executeTakeFirst()
  return row === undefined ? null : modelOf(row)
}

/** In the order of the endpoint ids, without the facts. */
export async function listModels(
  db: Kysely<Database>,
  { after, limit }: { after: string | null; limit: number },
): Promise<Omit<StoredModel, 'facts'>[]> {
  const rows = await withVersion(db)
    .select(sql<null>`null`.as('facts'))
    .where('model.endpoint_id', '>', after ?? '')
    .orderBy('model.endpoint_id')
    .limit(limit)
    .execute()
  return rows.map((row) => {
    const { facts: _, ...listed } = modelOf(row)
    return listed
  })
}

function withVersion(db: Kysely<Database>) {
  return db
    .selectFrom('model')
    .leftJoin('model_version as v', (join) =>
      join.onRef('v.endpoint_id', '=', 'model.endpoint_id').onRef('v.version', '=', 'model.version'),
    )
    .selectAll('model')
    .select('v.read_at')
}

function modelOf(row: Row): StoredModel {
  const { unit, unit_price_micros: micros } = row
  const price =
    unit === null || micros === null
      ? null
      : { unit, unitPriceMicros: micros, pricedAt: row.priced_at?.getTime() ?? 0 }
  return {
    endpointId: row.endpoint_id,
    title: row.title,
    category: row.category,
    status: row.status,
    version: row.version,
    facts: row.facts,
    pinned: row.pinned,
    trouble: row.trouble,
    price,
    source: row.source,
    listedAt: row.listed_at?.getTime() ?? null,
    fetchedAt: row.fetched_at?.getTime() ?? null,
    readAt: row.read_at?.getTime() ?? null,
    changedAt: row.changed_at.getTime(),
  }
}
