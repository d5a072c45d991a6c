/**
 * The dead-letter shelf: what was given up, or of an erased job cannot be deleted, with its reason, and asking for it again. A client sees and moves its own; an
 * admin that of all clients. Nothing leaves the shelf but by being asked for, delivered or erased.
 */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import type { CallbackStore } from '../../ports/callbacks.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DeadLetter, DeadLetterKind, DeadLetterStore } from '../../ports/dead-letters.ts'
import type { JobStore, Page } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'

export interface DeadLettersDeps {
  shelf: DeadLetterStore
  store: Pick<JobStore, 'record'>
  callbacks: Pick<CallbackStore, 'redeliver'>
  clock: Clock
  log: Pick<Logger, 'error'>
}

/** What is looked at: `allClients` needs the scope `admin`. */
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
  /** @throws AppError NOT_FOUND when it is not (or no longer) on the shelf. */
  requeue(client: Client, id: string): Promise<DeadLetterView>
  /** One page of the shelf is asked for again; what cannot be is logged, stays and is passed over. */
  requeuePage(client: Client, query: DeadLetterQuery): Promise<Page<DeadLetterView>>
}

export function createDeadLetters({ shelf, store, callbacks, clock, log }: DeadLettersDeps): DeadLetters {
  return {
    async list(client, query) {
      const page = await shelf.list(filterOf(client, query), query)
      return { ...page, data: page.data.map(view) }
    },

    async requeue(client, id) {
      const item = await shelf.find(id)
      const mine = item?.clientId === client.clientId || client.scopes.includes('admin')
      if (item === null || !mine || !(await askAgain(item))) throw notOnShelf()
      return view(item)
    },

    async requeuePage(client, query) {
      const page = await shelf.list(filterOf(client, query), query)
      const asked: DeadLetterView[] = []
      for (const item of page.data) {
        try {
          if (await askAgain(item)) asked.push(view(item))
        } catch (error) {
          log.error({ err: error, jobId: item.jobId, shelved: item.id }, 'could not be taken off the shelf')
        }
      }
      return { ...page, data: asked }
    },
  }

  /** False when it left the shelf meanwhile. */
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
    throw new AppError('FORBIDDEN', 'The shelf of all clients needs a key with the scope "admin".')
  }
  return { clientId: allClients ? null : client.clientId, ...(kind === undefined ? {} : { kind }) }
}

const notOnShelf = (): AppError => new AppError('NOT_FOUND', 'Nothing on the shelf has this id.')
