/**
 * Saves what was learned of a model. Invariant: a document that differs from the newest version kept becomes a version of
 * its own, once, however many replicas save it at the same time; a pinned model stays at its version.
 */
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import type { LearnedModel, SavedModel } from '../../../ports/model-store.ts'
import type { Trx } from '../connection/transaction.ts'
import { readModel } from './model-row.ts'

/** Older ones of a model go: a document that changes with every reading must not fill the table. */
const keptVersions = 50

export async function saveModel(trx: Trx, learned: LearnedModel, at: Date): Promise<SavedModel> {
  const { endpointId, document } = learned
  const columns = {
    ...(learned.title === undefined ? {} : { title: learned.title }),
    ...(learned.category === undefined ? {} : { category: learned.category }),
    ...(learned.status === undefined ? {} : { status: learned.status }),
    ...(learned.listedAt === undefined
      ? {}
      : { listed_at: learned.listedAt === null ? null : new Date(learned.listedAt) }),
    ...(learned.source === undefined ? {} : { source: learned.source }),
    ...(document === undefined
      ? {}
      : { fetched_at: at, trouble: 'trouble' in document ? document.trouble : null }),
  }
  // The row is locked by the update: who saves the same document at the same time waits, and finds its version.
  const before = await trx
    .insertInto('model')
    .values({ endpoint_id: endpointId, status: 'unlisted', ...columns })
    .onConflict((conflict) =>
      conflict
        .column('endpoint_id')
        .doUpdateSet({ endpoint_id: endpointId, ...columns, ...restamped(learned) }),
    )
    .returning(['version', 'pinned'])
    .executeTakeFirstOrThrow()
  const isNewVersion =
    document !== undefined &&
    'facts' in document &&
    (await addVersion(trx, endpointId, document.facts, before, at))
  const model = await readModel(trx, endpointId)
  if (model === null) throw new Error(`the model ${endpointId} was deleted while it was saved`)
  return { model, isNewVersion }
}

/** Another status is a change that readers of the model are to notice. */
function restamped({ status }: LearnedModel) {
  if (status === undefined) return {}
  return { changed_at: sql<Date>`case when model.status = ${status} then model.changed_at else now() end` }
}

async function addVersion(
  trx: Trx,
  endpointId: string,
  facts: string,
  before: { version: number | null; pinned: boolean },
  at: Date,
): Promise<boolean> {
  const digest = hash('sha256', facts, 'buffer')
  const newest = await trx
    .selectFrom('model_version')
    .select(['version', 'hash'])
    .where('endpoint_id', '=', endpointId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  const isSame = newest?.hash.equals(digest) === true
  const version = isSame ? newest.version : (newest?.version ?? 0) + 1
  if (!isSame) {
    await trx
      .insertInto('model_version')
      .values({ endpoint_id: endpointId, version, hash: digest, facts, read_at: at })
      .execute()
    await trx
      .deleteFrom('model_version')
      .where('endpoint_id', '=', endpointId)
      .where('version', '<=', version - keptVersions)
      .where('version', '!=', before.version ?? 0)
      .execute()
  }
  if (!before.pinned && before.version !== version) {
    await trx
      .updateTable('model')
      .set({ version, changed_at: sql<Date>`now()` })
      .where('endpoint_id', '=', endpointId)
      .execute()
  }
  return !isSame
}
