/** Jobs of any client for operators, straight on the database: the API never shows a client the jobs of another. */

import { archiveStatuses, jobStatuses } from '../../domain/job.ts'
import { type JobView, viewEvent } from '../../jobs/read/job-view.ts'
import type { JobFilter } from '../../ports/job-store.ts'
import type { Page } from '../../ports/page.ts'
import { UsageError } from '../terminal/arguments.ts'
import type { ShownEvent } from '../terminal/follow-job.ts'
import { type Call, optionOf } from '../terminal/subcommand.ts'
import { withServices } from '../terminal/with-services.ts'

/** A job as its client sees it, with its client id. */
export type AnyJob = JobView & { clientId: string }

/** Newest first. */
export async function listAnyJobs(call: Call): Promise<Page<AnyJob>> {
  const status = oneOf(call, 'status', jobStatuses)
  const archiveStatus = oneOf(call, 'archive', archiveStatuses)
  const model = optionOf(call, 'model')
  const userId = optionOf(call, 'user')
  const limit = Number(optionOf(call, 'limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw new UsageError('--limit is a whole number from 1 to 1000.')
  const filter: JobFilter = {
    clientId: null,
    ...(status === undefined ? {} : { status: [status] }),
    ...(archiveStatus === undefined ? {} : { archiveStatus }),
    ...(model === undefined ? {} : { model }),
    ...(userId === undefined ? {} : { userId }),
  }
  return withServices(async ({ store, views }) => {
    const { data, nextCursor } = await store.jobs.list(filter, {
      limit,
      cursor: optionOf(call, 'cursor') ?? null,
    })
    return { data: data.map((job) => ({ ...views.viewListed(job), clientId: job.clientId })), nextCursor }
  })
}

/** null when the job does not exist. */
export const findAnyJob = (id: string): Promise<{ job: AnyJob; events: ShownEvent[] } | null> =>
  withServices(async ({ store, views }) => {
    const job = await store.jobs.get(id)
    if (job === null) return null
    const events = await store.jobs.events(id, { limit: 100, afterSeq: 0 })
    return { job: { ...views.view(job), clientId: job.clientId }, events: events.map(viewEvent) }
  })

function oneOf<T extends string>(call: Call, name: string, known: readonly T[]): T | undefined {
  const given = optionOf(call, name)
  if (given === undefined) return undefined
  const found = known.find((one) => one === given)
  if (found === undefined) throw new UsageError(`--${name}: "${given}" is none of ${known.join(', ')}`)
  return found
}
