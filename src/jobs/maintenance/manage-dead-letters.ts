/**
 * The dead-letter list: copies and callbacks that were given up, and objects of erased jobs that cannot be deleted,
 * each with its reason; and their requeueing. A client sees and requeues its own entries, an admin those of all
 * clients. Invariant: an entry leaves the list only when it is requeued, delivered or erased.
 */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import type { CallbackStore } from '../../ports/callbacks.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { DeadLetter, DeadLetterKind, DeadLetterStore } from '../../ports/maintenance/dead-letters.ts'
import type { Page } from '../../ports/page.ts'

export interface DeadLettersDeps {
  deadLetters: DeadLetterStore
  store: Pick<JobStore, 'record'>
  callbacks: Pick<CallbackStore, 'redeliver'>
  clock: Clock
  log: Pick<Logger, 'error'>
}

/** Which entries: `allClients` needs the scope `admin`. */
export interface DeadLetterQuery {
  kind?: DeadLetterKind
  allClients?: boolean
  limit: number
  cursor: string | null
}

export interface DeadLetterView extends Omit<DeadLetter, 'since'> {
  /** RFC 3339. */
  since: string
  ageSeconds: number
}

export interface DeadLetters {
  /** Oldest job or callback first. */
  list(client: Client, query: DeadLetterQuery): Promise<Page<DeadLetterView>>
  /** @throws AppError NOT_FOUND when the entry is not (or no longer) in the list. */
  requeue(client: Client, id: string): Promise<DeadLetterView>
  /** Requeues one page of the list; an entry that cannot be requeued is logged, stays and is skipped. */
  requeuePage(client: Client, query: DeadLetterQuery): Promise<Page<DeadLetterView>>
}

export function createDeadLetters({
  deadLetters,
  store,
  callbacks,
  clock,
  log,
}: DeadLettersDeps): DeadLetters {
  return {
    async list(client, query) {
      const page = await deadLetters.list(filterOf(client, query), query)
      return { ...page, data: page.data.map(view) }
    },

    async requeue(client, id) {
      const item = await deadLetters.find(id)
      const mine = item?.clientId === client.clientId || client.scopes.includes('admin')
      if (item === null || !mine || !(await askAgain(item))) throw notListed()
      return view(item)
    },

    async requeuePage(client, query) {
      const page = await deadLetters.list(filterOf(client, query), query)
      const asked: DeadLetterView[] = []
      for (const item of page.data) {
        try {
          if (await askAgain(item)) asked.push(view(item))
        } catch (error) {
          log.error(
            { err: error, jobId: item.jobId, deadLetter: item.id },
            'dead letter could not be requeued',
          )
        }
      }
      return { ...page, data: asked }
    },
  }

  /** False when it has left the list meanwhile. */
  async function askAgain(item: DeadLetter): Promise<boolean> {
    if (item.kind === 'callback') return (await callbacks.redeliver(item.clientId, item.id)) !== null
    const type = item.kind === 'erase' ? 'erase_asked' : 'archive_asked'
    const recorded = await store.record(item.jobId, () => [{ type }], { source: 'api' })
    return recorded?.changed === true
  }

  function view({ since, ...item }: DeadLetter): DeadLetterView {
    const ageSeconds = Math.max(0, Math.round((clock.now() - since) / 1000))
    return { ...item, since: new Date(since).toISOString(), ageSeconds }
  }
}

function filterOf(client: Client, { kind, allClients = false }: DeadLetterQuery) {
  if (allClients && !client.scopes.includes('admin')) {
    throw new AppError('FORBIDDEN', 'The dead-letter list of all clients needs a key with the scope "admin".')
  }
  return { clientId: allClients ? null : client.clientId, ...(kind === undefined ? {} : { kind }) }
}

const notListed = (): AppError => new AppError('NOT_FOUND', 'The dead-letter list has no entry with this id.')
