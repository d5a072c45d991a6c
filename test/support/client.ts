/** A client of its own on a bench that several tests share: its own key, jobs, secrets and callbacks. */
import type { JobView } from '../../src/jobs/read/job-view.ts'
import type { Bench } from './service.ts'

export interface ClientBench {
  key: string
  keyId: string
  clientId: string
  call: Bench['call']
  create(body: Record<string, unknown>): Promise<JobView>
  settled(id: string): Promise<JobView>
  events: Bench['events']
}

/** `request` is merged into that of `POST /api/keys`. */
export async function newClient(bench: Bench, request: Record<string, unknown> = {}): Promise<ClientBench> {
  const wanted = { name: 'a test', scopes: ['jobs:read', 'jobs:write'], ...request }
  const made = await bench.call('POST', '/api/keys', wanted)
  if (made.status !== 201) throw new Error(`no key: ${JSON.stringify(made.body)}`)
  const { key, id: keyId, clientId } = made.body
  const call: Bench['call'] = (method, path, body, headers = {}) =>
    bench.call(method, path, body, { authorization: `Bearer ${key}`, ...headers })
  return {
    key,
    keyId,
    clientId,
    call,
    create: (body) => bench.create(body, { authorization: `Bearer ${key}` }),
    async settled(id) {
      const end = Date.now() + 20_000
      for (;;) {
        const job: JobView = (await call('GET', `/api/jobs/${id}?wait=2`)).body
        const final = ['completed', 'failed', 'canceled'].includes(job.status)
        if (final && job.archive.status !== 'pending') return job
        if (Date.now() > end) throw new Error(`job ${id} did not end: ${JSON.stringify(job)}`)
      }
    },
    async events(id) {
      return (await call('GET', `/api/jobs/${id}/events?limit=100`)).body.data
    },
  }
}
