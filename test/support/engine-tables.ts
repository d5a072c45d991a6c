/** The task engine's tables as tests look into them and break them: the only place of the tests that knows them. */
import { CompiledQuery } from 'kysely'

/** All of the engine's tables are in it. */
export const engineSchema = 'pgboss'
/** Where tasks are kept. */
export const taskTable = `${engineSchema}.job`

/** A query builder, a transaction of one, or a plain connection. */
type Connection =
  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever is asked, as both drivers have them
  | { executeQuery(query: CompiledQuery): Promise<{ rows: any[] }> }
  // biome-ignore lint/suspicious/noExplicitAny: the same
  | { query(text: string, values: unknown[]): Promise<{ rows: any[] }> }

export interface TaskRow {
  id: string
  queue: string
  subject: string
  state: string
  retryCount: number
  /** Whether its time has come. */
  isDue: boolean
  /** From its making to its time. */
  delaySeconds: number
  /** What its last run left. */
  output: unknown
}

/** Finished ones too, oldest first; of one queue, or of all. */
export async function readTasks(connection: Connection, queue?: string): Promise<TaskRow[]> {
  return ask(
    connection,
    `select id, name as queue, data->>'subject' as subject, state::text, retry_count as "retryCount",
       start_after <= now() as "isDue", extract(epoch from start_after - created_on)::float8 as "delaySeconds", output
     from ${taskTable} where $1::text is null or name = $1 order by created_on`,
    [queue ?? null],
  )
}

/** How many tasks of a queue are in each state. */
export async function tasksByState(connection: Connection, queue: string): Promise<Record<string, number>> {
  const tasks = Map.groupBy(await readTasks(connection, queue), ({ state }) => state)
  return Object.fromEntries([...tasks].map(([state, { length }]) => [state, length]))
}

/** One task each, due now. */
export async function insertTasks(
  connection: Connection,
  queue: string,
  subjects: readonly string[],
): Promise<void> {
  await ask(
    connection,
    `insert into ${taskTable} (name, data, policy)
     select $1, jsonb_build_object('subject', subject), 'standard' from unnest($2::text[]) as subject`,
    [queue, subjects],
  )
}

export async function setTaskState(connection: Connection, queue: string, state: string): Promise<void> {
  await ask(connection, `update ${taskTable} set state = $2::${engineSchema}.job_state where name = $1`, [
    queue,
    state,
  ])
}

/** As if they had been lost. */
export async function loseTasks(
  connection: Connection,
  { queue, subject }: { queue?: string; subject?: string },
): Promise<void> {
  await ask(
    connection,
    `delete from ${taskTable}
     where ($1::text is null or name = $1) and ($2::text is null or data->>'subject' = $2)`,
    [queue ?? null, subject ?? null],
  )
}

/** Heartbeats as they would be had no worker been heard of for a minute: what a test would have to wait out. */
export async function silenceTasks(connection: Connection): Promise<void> {
  await ask(
    connection,
    `update ${taskTable} set heartbeat_on = now() - interval '1 minute'
     where state = 'active' and heartbeat_seconds is not null`,
  )
}

/** No worker can fetch before the end of the transaction. */
export async function lockTasks(transaction: Connection): Promise<void> {
  await ask(transaction, `lock table ${engineSchema}.job_common in access exclusive mode`)
}

// biome-ignore lint/suspicious/noExplicitAny: rows of whatever is asked
async function ask(connection: Connection, text: string, values: unknown[] = []): Promise<any[]> {
  const answer = await ('executeQuery' in connection
    ? connection.executeQuery(CompiledQuery.raw(text, values))
    : connection.query(text, values))
  return answer.rows
}
