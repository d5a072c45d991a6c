/** `fal-jobs jobs`: list, show, watch, cancel and retry jobs of the client whose key is used. */

import { setTimeout as sleep } from 'node:timers/promises'
import { isFinal } from '../../domain/job.ts'
import type { JobView } from '../../jobs/read/job-view.ts'
import type { Page } from '../../ports/page.ts'
import { PlainError } from '../../process/plain-failure.ts'
import type { ShownEvent } from '../terminal/follow-job.ts'
import { createScreen } from '../terminal/screen.ts'
import { type Call, idOf, optionOf, runSubcommand, table } from '../terminal/subcommand.ts'
import { findAnyJob, listAnyJobs } from './jobs-of-all-clients.ts'

const usage = `Usage: fal-jobs jobs <command> [--json]

  list [--status S] [--model M] [--user U] [--archive A] [--limit N] [--cursor C]
  show <id>      the job and its history

  --all-clients  list or show jobs of any client, straight on the database of DATABASE_URL: for operators, who have
                 the service's own configuration

  watch <id>     a progress bar until it is over; exit code 1 when it did not complete
  cancel <id>
  retry <id>     as a new job

The rest is asked of the service. FAL_JOBS_URL (default http://127.0.0.1:3000) and FAL_JOBS_KEY (default BOOTSTRAP_API_KEY) say where and who.
`

const pollEveryMs = 500

export const run = (args: string[]): Promise<number> =>
  runSubcommand(
    {
      usage,
      options: {
        status: { type: 'string' },
        model: { type: 'string' },
        user: { type: 'string' },
        archive: { type: 'string' },
        limit: { type: 'string' },
        cursor: { type: 'string' },
        'all-clients': { type: 'boolean' },
      },
      run: { list, show, watch, cancel: act('cancel'), retry: act('retry') },
    },
    args,
  )

async function list(call: Call): Promise<void> {
  const ofAll = call.values['all-clients'] === true
  const page: Page<JobView & { clientId?: string }> = ofAll
    ? await listAnyJobs(call)
    : await listOwnJobs(call)
  call.show(page, () => [
    ...table([
      ['ID', ...(ofAll ? ['CLIENT'] : []), 'STATUS', 'PROGRESS', 'ARCHIVE', 'MODEL', 'CREATED', 'ERROR'],
      ...page.data.map((job) => [
        job.id,
        ...(job.clientId === undefined ? [] : [job.clientId]),
        job.status,
        `${Math.round(job.progress * 100)} %`,
        job.archive.status,
        job.model,
        job.createdAt,
        job.error?.code ?? null,
      ]),
    ]),
    ...(page.nextCursor === null ? [] : [`More with --cursor ${page.nextCursor}`]),
  ])
}

function listOwnJobs(call: Call): Promise<Page<JobView>> {
  const query = new URLSearchParams()
  const names = {
    status: 'status',
    model: 'model',
    user: 'userId',
    archive: 'archiveStatus',
    limit: 'limit',
    cursor: 'cursor',
  }
  for (const [option, parameter] of Object.entries(names)) {
    const value = optionOf(call, option)
    if (value !== undefined) query.set(parameter, value)
  }
  return call.api.call<Page<JobView>>('GET', `/api/jobs?${query}`)
}

async function show(call: Call): Promise<void> {
  const { job, events } = call.values['all-clients'] === true ? await showAny(call) : await showOwn(call)
  call.show({ job, events }, () => [
    ...factsOf(job),
    '',
    ...table(
      events.map((event) => [
        event.seq,
        event.createdAt,
        event.type,
        event.source,
        JSON.stringify(event.data),
      ]),
    ),
  ])
}

interface Shown {
  job: JobView & { clientId?: string }
  events: ShownEvent[]
}

async function showOwn(call: Call): Promise<Shown> {
  const path = `/api/jobs/${idOf(call)}`
  const job = await call.api.call<JobView>('GET', path)
  const events = await call.api.call<Page<ShownEvent>>('GET', `${path}/events?limit=100`)
  return { job, events: events.data }
}

async function showAny(call: Call): Promise<Shown> {
  const found = await findAnyJob(idOf(call))
  if (found === null) throw new PlainError('there is no such job')
  return found
}

function factsOf(job: Shown['job']): string[] {
  const money = (micros: number | null) => (micros === null ? null : `$${(micros / 1_000_000).toFixed(4)}`)
  return table([
    ['job', job.id],
    ...(job.clientId === undefined ? [] : [['client', job.clientId]]),
    ['status', job.status],
    ['model', `${job.model} (${job.endpointId})`],
    ['progress', `${Math.round(job.progress * 100)} %`],
    ['before it', job.queuePosition],
    ['cost', money(job.cost.actualMicros) ?? money(job.cost.estimatedMicros)],
    ['archive', job.archive.status],
    ['archive error', job.archive.lastError],
    ['error', job.error === null ? null : `${job.error.code}: ${job.error.message}`],
    ['FAL request', job.fal.requestId],
    ['created', job.createdAt],
    ['submitted', job.submittedAt],
    ['completed', job.completedAt],
    ...job.media.map((media) => [`media ${media.index}`, media.url]),
  ])
}

async function watch(call: Call): Promise<void> {
  const path = `/api/jobs/${idOf(call)}`
  const screen = createScreen(process.stdout)
  let said = ''
  for (;;) {
    const job = await call.api.call<JobView>('GET', path)
    const status = `${job.status}${job.queuePosition === null ? '' : `, ${job.queuePosition} before it`}${job.archive.status === 'none' ? '' : `, archive ${job.archive.status}`}`
    if (!call.json) screen.progress(job.model, status, job.progress)
    // In a pipe no bar moves: one line for each change.
    if (!call.json && !process.stdout.isTTY && said !== status) screen.line(`${job.id} ${status}`)
    said = status
    const over = isFinal(job.status) && job.archive.status !== 'pending'
    if (over) {
      screen.end()
      call.show(job, () =>
        job.error === null ? [`${job.id} ${job.status}`] : [`${job.error.code}: ${job.error.message}`],
      )
      if (job.status !== 'completed') process.exitCode = 1
      return
    }
    await sleep(pollEveryMs)
  }
}

function act(verb: 'cancel' | 'retry') {
  return async (call: Call): Promise<void> => {
    const job = await call.api.call<JobView>('POST', `/api/jobs/${idOf(call)}/${verb}`)
    call.show(job, () => [
      `${job.id} ${job.status}${job.retryOf === null ? '' : `, again for ${job.retryOf}`}`,
    ])
  }
}
