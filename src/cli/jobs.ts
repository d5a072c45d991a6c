/** `fal-jobs jobs`: list, show, watch, cancel and retry jobs of the client whose key is used. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobView } from '../jobs/job-view.ts'
import { createScreen } from './demo-screen.ts'
import type { ShownEvent } from './follow-job.ts'
import { type Call, idOf, optionOf, type Page, runSubcommand, table } from './subcommand.ts'

const usage = `Usage: fal-jobs jobs <command> [--json]

  list [--status S] [--model M] [--user U] [--archive A] [--limit N] [--cursor C]
  show <id>      the job and its history
  watch <id>     a progress bar until it is over; exit code 1 when it did not complete
  cancel <id>
  retry <id>     as a new job

FAL_JOBS_URL (default http://127.0.0.1:3000) and FAL_JOBS_KEY (default BOOTSTRAP_API_KEY) say where and who.
`

const lookEveryMs = 500

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
      },
      run: { list, show, watch, cancel: act('cancel'), retry: act('retry') },
    },
    args,
  )

async function list(call: Call): Promise<void> {
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
  const page = await call.api.call<Page<JobView>>('GET', `/api/jobs?${query}`)
  call.show(page, () => [
    ...table([
      ['ID', 'STATUS', 'PROGRESS', 'ARCHIVE', 'MODEL', 'CREATED', 'ERROR'],
      ...page.data.map((job) => [
        job.id,
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

async function show(call: Call): Promise<void> {
  const path = `/api/jobs/${idOf(call)}`
  const job = await call.api.call<JobView>('GET', path)
  const events = await call.api.call<Page<ShownEvent>>('GET', `${path}/events?limit=100`)
  call.show({ job, events: events.data }, () => [
    ...factsOf(job),
    '',
    ...table(
      events.data.map((event) => [
        event.seq,
        event.createdAt,
        event.type,
        event.source,
        JSON.stringify(event.data),
      ]),
    ),
  ])
}

function factsOf(job: JobView): string[] {
  const money = (micros: number | null) => (micros === null ? null : `$${(micros / 1_000_000).toFixed(4)}`)
  return table([
    ['job', job.id],
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
    const over = ['completed', 'failed', 'canceled'].includes(job.status) && job.archive.status !== 'pending'
    if (over) {
      screen.end()
      call.show(job, () =>
        job.error === null ? [`${job.id} ${job.status}`] : [`${job.error.code}: ${job.error.message}`],
      )
      if (job.status !== 'completed') process.exitCode = 1
      return
    }
    await sleep(lookEveryMs)
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
