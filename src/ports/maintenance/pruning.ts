/** The port of pruning: the kinds of history, and the deletion of one batch of rows of a kind. */

export const prunables = ['events', 'webhooks', 'idempotency', 'callbacks'] as const
/** events: histories of final jobs; webhooks: the inbox; idempotency: stored answers; callbacks: those that are over. */
export type Prunable = (typeof prunables)[number]

/** The histories of jobs are pruned by the job schedule, which marks their jobs in the same transaction. */
export type PrunableRows = Exclude<Prunable, 'events'>

export interface Pruning {
  /** Removes at most `limit` of what is older than `before` (epoch milliseconds); returns how many. */
  prune(what: PrunableRows, before: number, limit: number): Promise<number>
}
