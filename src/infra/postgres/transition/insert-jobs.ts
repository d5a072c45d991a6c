/** Inserts job rows and their first events, any number of jobs in one statement. */
import { CompiledQuery } from 'kysely'
import type { Change } from '../../../domain/transition/fold.ts'
import { isBegun, type Trx } from '../connection/transaction.ts'
import { jsonRowOf, recordsOf } from '../rows/job-row.ts'
import { storableJson } from '../rows/storable-json.ts'
import { eventRowsOf, insertEventsFrom } from './insert-events.ts'

export async function insertJobs(trx: Trx, creations: readonly Change[]): Promise<void> {
  const rows = creations.map(({ after }) => jsonRowOf(after, 'new'))
  const columns = [...new Set(rows.flatMap((row) => row.columns))].sort()
  const events = creations.flatMap(eventRowsOf)
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
