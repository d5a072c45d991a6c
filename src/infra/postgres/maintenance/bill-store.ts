/** What is known of billed requests, and how far FAL's statement was compared with it. */

import { type Kysely, sql } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import type { CostSource } from '../../../domain/job.ts'
import type { BillStore } from '../../../ports/billing.ts'
import { readNumber, writeNumber } from '../connection/number-setting.ts'
import type { Database } from '../rows/schema.ts'
import { settingNames } from '../rows/setting-names.ts'

export function createBillStore(db: Kysely<Database>): BillStore {
  return {
    async knownBills(requestIds) {
      const { rows } = await sql<{
        id: string
        request_id: string
        actual_micros: number | null
        cost_source: CostSource | null
      }>`
        select id, request_id, actual_micros, cost_source from job
        where request_id = any(${requestIds}::text[]) and request_id is not null`.execute(db)
      return rows.map((row) => ({
        jobId: toId('job', row.id),
        requestId: row.request_id,
        actualMicros: row.actual_micros,
        costSource: row.cost_source,
      }))
    },

    comparedUntil: () => readNumber(db, settingNames.billsComparedUntil),
    noteCompared: (until) => writeNumber(db, settingNames.billsComparedUntil, until),
  }
}
