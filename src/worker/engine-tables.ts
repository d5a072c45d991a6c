/** Statements on pg-boss's own tables for what its API cannot do: no other file of the service knows these tables. */
import type { Task, TaskCount, TaskQueue, Transaction } from '../ports/tasks.ts'

/** Those of `subjects` that a task of this queue waits or runs for. */
export async function subjectsWithTask(
  tx: Transaction,
  queue: TaskQueue,
  subjects: readonly string[],
): Promise<Set<string>> {
  const { rows } = await tx.executeSql(
    `select distinct data->>'subject' as subject from pgboss.job
     where name = $1 and state in ('created', 'retry', 'active') and data->>'subject' = any($2)`,
    [queue, subjects],
  )
  return new Set(rows.map((row: { subject: string }) => row.subject))
}

/**
 * Releases a claimed task so that it is due at once, except that its run count rises, which fences off the previous
 * run. pg-boss itself can only fail it (with a pause that doubles) or forget the run.
 */
export async function putBack(tx: Transaction, { queue, id, retryCount }: Task): Promise<void> {
  await tx.executeSql(
    `update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null
     where name = $1 and id = $2 and state = 'active' and retry_count = $3`,
    [queue, id, retryCount],
  )
}

/** Every queue and state that holds unfinished tasks. */
export async function countTasks(tx: Transaction): Promise<TaskCount[]> {
  const { rows } = await tx.executeSql(
    `select name as queue, state::text, count(*)::int as count,
       min(start_after) filter (where state in ('created', 'retry') and start_after <= now()) as due
     from pgboss.job where state in ('created', 'retry', 'active') group by 1, 2`,
  )
  return rows.map(({ queue, state, count, due }: TaskRow) => ({
    queue,
    state,
    count,
    dueSince: due === null ? null : due.getTime(),
  }))
}

interface TaskRow {
  queue: string
  state: string
  count: number
  due: Date | null
}

/** Whether the engine was ever migrated into this database. */
export async function hasEngineTables(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.executeSql(`select to_regclass('pgboss.job') is not null as found`)
  return rows[0]?.found === true
}

/** Whether there is a schema for the engine's tables. */
export async function hasEngineSchema(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.executeSql(`select to_regnamespace('pgboss') is not null as found`)
  return rows[0]?.found === true
}
