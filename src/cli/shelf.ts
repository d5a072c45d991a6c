/** `fal-jobs shelf`: the dead-letter shelf of the archive, that is, finished jobs whose files could not be copied. */
import type { JobView } from '../jobs/job-view.ts'
import { type Call, idOf, optionOf, runSubcommand, table } from './subcommand.ts'

const usage = `Usage: fal-jobs shelf <command> [--json]

  list [--limit N]     jobs whose files could not be copied, with the reason
  requeue <id>         copy again what is not archived
  requeue --all        the same for every job on the shelf

Of the client whose key is in FAL_JOBS_KEY.
`

interface Page {
  data: JobView[]
  nextCursor: string | null
}

export const run = (args: string[]): Promise<number> =>
  runSubcommand(
    {
      usage,
      options: { limit: { type: 'string' }, all: { type: 'boolean' } },
      run: { list, requeue },
    },
    args,
  )

async function list(call: Call): Promise<void> {
  const query = new URLSearchParams({ archiveStatus: 'failed', limit: optionOf(call, 'limit') ?? '100' })
  const page = await call.api.call<Page>('GET', `/api/jobs?${query}`)
  call.show(page, () =>
    table([
      ['ID', 'COMPLETED', 'ATTEMPTS', 'REASON'],
      ...page.data.map((job) => [job.id, job.completedAt, job.archive.attempts, job.archive.lastError]),
    ]),
  )
}

async function requeue(call: Call): Promise<void> {
  const ids = call.values.all === true ? await everyId(call) : [idOf(call)]
  const jobs: JobView[] = []
  for (const id of ids) jobs.push(await call.api.call<JobView>('POST', `/api/jobs/${id}/archive`))
  call.show(jobs, () => [
    ...table(jobs.map((job) => [job.id, `archive ${job.archive.status}`])),
    `${jobs.length} ${jobs.length === 1 ? 'job is' : 'jobs are'} copied again.`,
  ])
}

/** Collected before anything is asked for: a requeued job leaves the shelf, and the pages move. */
async function everyId(call: Call): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ archiveStatus: 'failed', limit: '100' })
    if (cursor !== null) query.set('cursor', cursor)
    const page: Page = await call.api.call<Page>('GET', `/api/jobs?${query}`)
    ids.push(...page.data.map((job) => job.id))
    cursor = page.nextCursor
  } while (cursor !== null)
  return ids
}
