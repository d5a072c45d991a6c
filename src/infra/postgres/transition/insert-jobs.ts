/** Inserts job rows and their first events, any number of jobs in one statement. */
import { CompiledQuery } from 'kysely'
import type { Change } from '../../../domain/transition/fold.ts'
import { isBegun, type Trx } from '../connection/transaction.ts'
import { jsonRowOfNew, recordsOf } from '../rows/job-row.ts'
import { storableJson } from '../rows/storable-json.ts'
import { eventRowsOf, insertEventsFrom } from './insert-events.ts'

export interface NewRow {
  creation: Change
  /** What FAL is sent, where the job's own input only names its `data:` URIs; null: nothing was shortened. */
  fullInput: Record<string, unknown> | null
}

export async function insertJobs(trx: Trx, jobs: readonly NewRow[]): Promise<void> {
  const rows = jobs.map(({ creation, fullInput }) => jsonRowOfNew(creation.after, fullInput))
  const columns = [...new Set(rows.flatMap((row) => row.columns))].sort()
  const events = jobs.flatMap(({ creation }) => eventRowsOf(creation))
  const parameters = [`[${rows.map((row) => row.text).join()}]`, storableJson(events)]
  await trx.executeQuery(CompiledQuery.raw(statementFor(columns), parameters))
}

/** Few column sets occur, so the prepared statements are few. */
function statementFor(columns: readonly string[]): string {
  const list = columns.map((column) => `"${column}"`).join(', ')
  return `with made as (
      insert into job (${list}) select ${list} from ${recordsOf('$1', 'given', columns)} where ${isBegun}
    )
    ${insertEventsFrom('$2')} where ${isBegun}`
}
