/** The client beside a hostile one: it creates small jobs, reads them until they are final, and measures both. */
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'

export interface Bystander {
  /** Creates jobs and reads them for this long; resolves when they have ended, or a grace period is over. */
  during(ms: number): Promise<Watched>
  create(body: object): Promise<string>
  /** The job once it is final; fails after 20 s. */
  final(id: string): Promise<{ status: string; [field: string]: unknown }>
}

export interface Watched {
  reads: number
  p50Ms: number
  p99Ms: number
  /** Answers other than 2xx. */
  refused: number
  jobs: number
  /** Jobs that did not complete in time. */
  unfinished: number
}

const createEveryMs = 250
const readEveryMs = 20
const graceMs = 15_000

export function startBystander(url: string, key: string, body: object = defaultJob): Bystander {
  async function call(method: 'GET' | 'POST', path: string, sent?: object) {
    const answer = await request(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: sent === undefined ? null : JSON.stringify(sent),
    })
    return { status: answer.statusCode, body: JSON.parse(await answer.body.text()) }
  }

  async function create(sent: object): Promise<string> {
    const { status, body: job } = await call('POST', '/api/jobs', sent)
    if (status !== 202) throw new Error(`create answered ${status}: ${JSON.stringify(job)}`)
    return job.id
  }

  async function final(id: string, withinMs = 20_000) {
    const end = performance.now() + withinMs
    for (;;) {
      const { body: job } = await call('GET', `/api/jobs/${id}`)
      if (isSettled(job)) return job
      if (performance.now() > end)
        throw new Error(`job ${id} did not end: ${JSON.stringify(job).slice(0, 500)}`)
      await sleep(100)
    }
  }

  async function during(ms: number): Promise<Watched> {
    const ids: string[] = []
    const times: number[] = []
    let refused = 0
    const end = performance.now() + ms
    const creating = async () => {
      for (; performance.now() < end; await sleep(createEveryMs)) ids.push(await create(body))
    }
    const reading = async () => {
      for (; performance.now() < end; await sleep(readEveryMs)) {
        const begun = performance.now()
        const { status } = await call(
          'GET',
          ids.length === 0 ? '/api/jobs?limit=1' : `/api/jobs/${ids.at(-1)}`,
        )
        times.push(performance.now() - begun)
        if (status !== 200) refused += 1
      }
    }
    await Promise.all([creating(), reading()])
    const ends = await Promise.allSettled(ids.map((id) => final(id, graceMs)))
    const unfinished = ends.filter(
      (one) => one.status === 'rejected' || one.value.status !== 'completed',
    ).length
    times.sort((a, b) => a - b)
    const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0)
    return { reads: times.length, p50Ms: at(0.5), p99Ms: at(0.99), refused, jobs: ids.length, unfinished }
  }

  return { during, create, final }
}

const defaultJob = { model: 'hostile/app', input: { prompt: 'bystander' }, archive: false }

const isSettled = ({ status, archive }: { status: string; archive: { status: string } }): boolean =>
  ['completed', 'failed', 'canceled'].includes(status) && archive.status !== 'pending'
