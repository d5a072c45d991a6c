/** The history of a job as pages and as a stream: complete, in order, resumable anywhere, and over when it is over. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { startService } from '../../../src/server.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { freePort } from '../../support/free-port.ts'
import { testKey } from '../../support/service.ts'
import { absentJob, bearer, type JobBench, startJobBench } from '../job-bench.ts'
import { readStream } from './event-source.ts'

const image = { model: 'flux-schnell', prompt: 'a lighthouse' }
const wholeLife = [
  'job.created',
  'job.submitted',
  'job.running',
  'job.completed',
  'archive.started',
  'archive.archived',
]

t.test('GET /api/jobs/{id}/events', async (t) => {
  const bench = await startJobBench(t)
  const eventsOf = (id: string, query = '') => new URL(`/api/jobs/${id}/events${query}`, bench.service.url)
  const { id } = await bench.create(image)
  await bench.settled(id)
  const told = { bench, eventsOf, id }
  pagesAndStreams(t, told)
  resuming(t, told)
  refusals(t, told)
  slowReaders(t, told)
})

interface Told {
  bench: JobBench
  eventsOf(id: string, query?: string): URL
  /** A job that is final and archived. */
  id: string
}

function pagesAndStreams(t: Test, { bench, eventsOf, id }: Told): void {
  const { checked } = bench

  t.test('200: pages by cursor, without gaps', async (t) => {
    const seqs: number[] = []
    let cursor = ''
    do {
      const page = await checked('GET', `/api/jobs/${id}/events?limit=2${cursor}`)
      seqs.push(...page.body.data.map((event: { seq: number }) => event.seq))
      cursor = page.body.hasMore ? `&cursor=${page.body.nextCursor}` : ''
    } while (cursor !== '')
    t.same(seqs, [1, 2, 3, 4, 5, 6])
    const rest = await checked('GET', `/api/jobs/${id}/events?after=4`)
    t.same(
      rest.body.data.map((event: { seq: number }) => event.seq),
      [5, 6],
    )
  })

  t.test('200: a stream tells each event as it happens and ends after the last', async (t) => {
    const job = await bench.create(image)
    const read = await readStream(eventsOf(job.id), { key: testKey })
    t.equal(read.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    t.match(read.headers.get('x-request-id') ?? '', /\S/)
    t.same(
      read.events.map((event) => event.type),
      wholeLife,
    )
    t.same(
      read.events.map((event) => event.id),
      ['1', '2', '3', '4', '5', '6'],
    )
    t.ok(read.events.every((event) => event.data.type === event.type && event.data.jobId === job.id))
    t.ok(read.ended)
    const listed = await bench.events(job.id)
    t.same(
      read.events.map((event) => event.data),
      listed,
      'the same events as in the list',
    )
  })

  t.test('200: the history of a final job is streamed and ended', async (t) => {
    const read = await readStream(eventsOf(id), { key: testKey })
    t.equal(read.events.length, 6)
    t.ok(read.ended)
  })
}

function resuming(t: Test, { bench, eventsOf, id }: Told): void {
  const { checked } = bench

  t.test('200: Last-Event-ID and after resume above that seq', async (t) => {
    const resumed = await readStream(eventsOf(id), { key: testKey, lastEventId: '4' })
    t.same(
      resumed.events.map((event) => event.id),
      ['5', '6'],
    )
    const after = await readStream(eventsOf(id, '?after=5'), { key: testKey })
    t.same(
      after.events.map((event) => event.id),
      ['6'],
    )
    const both = await readStream(eventsOf(id, '?after=1'), { key: testKey, lastEventId: '5' })
    t.same(
      both.events.map((event) => event.id),
      ['6'],
      'the header, which moves on, wins',
    )
  })

  t.test('204: resuming what is over stops an EventSource', async (t) => {
    for (const lastEventId of ['6', '600']) {
      const over = await readStream(eventsOf(id), { key: testKey, lastEventId })
      t.equal(over.status, 204)
    }
  })

  t.test('204: a history that was pruned is not waited for', async (t) => {
    const job = await bench.create(image)
    await bench.settled(job.id)
    await bench.query('delete from job_event where job_id = $1', [job.id.slice(4)])
    const read = await readStream(eventsOf(job.id), { key: testKey })
    t.equal(read.status, 204)
    t.same((await checked('GET', `/api/jobs/${job.id}/events`)).body.data, [])
  })
}

function refusals(t: Test, { bench, eventsOf, id }: Told): void {
  const { checked } = bench

  t.test('HEAD does not open a stream', async (t) => {
    const response = await fetch(eventsOf(id), {
      method: 'HEAD',
      headers: { ...bearer(testKey), accept: 'text/event-stream' },
    })
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type') ?? '', /json/)
  })

  t.test('401, 403, 404, 422', async (t) => {
    const path = `/api/jobs/${id}/events`
    t.equal((await checked('GET', path, undefined, { authorization: '' })).status, 401)
    const writer = bearer(await bench.newKey(['jobs:write']))
    t.equal((await checked('GET', path, undefined, writer)).status, 403)
    const stream = { accept: 'text/event-stream' }
    t.equal((await checked('GET', `/api/jobs/${absentJob}/events`, undefined, stream)).status, 404)
    t.equal((await checked('GET', path, undefined, { ...stream, 'last-event-id': 'x' })).status, 422)
    for (const query of ['cursor=x', 'limit=0', 'after=-1', 'after=x', 'from=1']) {
      t.equal((await checked('GET', `${path}?${query}`)).status, 422, query)
    }
  })
}

function slowReaders(t: Test, { bench, eventsOf }: Told): void {
  t.test('a client that goes away is forgotten', async (t) => {
    bench.simulator.admin.addFault({ fault: 'stuck', match: { prompt: 'never ends' } })
    const stuck = await bench.create({ ...image, prompt: 'never ends' })
    const leaving = new AbortController()
    const { watch } = bench.service.services.jobs.read
    const begun = Promise.withResolvers<void>()
    const reading = readStream(eventsOf(stuck.id), {
      key: testKey,
      signal: leaving.signal,
      onEvent: () => begun.resolve(),
    })
    await begun.promise
    t.equal(watch.liveHeads().length, 1)
    leaving.abort()
    await reading
    while (watch.liveHeads().length > 0) await new Promise((settle) => setTimeout(settle, 5))
    t.equal(watch.liveHeads().length, 0)
  })

  t.test('a reader that takes nothing holds nobody up, and gets everything when it reads', async (t) => {
    const job = await bench.create(image)
    await bench.settled(job.id)
    await bench.query(
      `insert into job_event (job_id, seq, id, type, source, data, created_at)
       select $1, n, gen_random_uuid(), 'job.progress', 'poll', json_build_object('pad', repeat('x', 6000)), now()
       from generate_series(7, 1506) n`,
      [job.id.slice(4)],
    )
    await bench.query('update job set event_seq = 1506 where id = $1', [job.id.slice(4)])
    const { port, hostname } = new URL(bench.service.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET /api/jobs/${job.id}/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer ${testKey}\r\n\r\n`,
    )
    await once(socket, 'readable')
    const before = process.memoryUsage().arrayBuffers
    const quick = await readStream(eventsOf(job.id), { key: testKey })
    t.equal(quick.events.length, 1506)
    t.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024)
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('\r\n0\r\n\r\n')) socket.end()
    })
    await once(socket, 'close')
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq))
    t.same(
      ids,
      Array.from({ length: 1506 }, (_, n) => n + 1),
    )
  })
}

t.test('stopping ends streams and waits cleanly', async (t) => {
  const bench = await startJobBench(t, { simulator: { script: { faults: [{ fault: 'stuck' }] } } })
  const quiet = createLogger({ level: 'silent', secrets: [] })
  const port = String(await freePort())
  const second = await startService(readConfig({ ...bench.environment, PORT: port, ROLE: 'api' }), quiet)
  const { id } = await bench.create(image)
  const begun = Promise.withResolvers<void>()
  const stream = readStream(new URL(`/api/jobs/${id}/events`, second.url), {
    key: testKey,
    onEvent: () => begun.resolve(),
  })
  const waiting = fetch(new URL(`/api/jobs/${id}?wait=60`, second.url), { headers: bearer(testKey) })
  await begun.promise
  await second.stop()
  t.ok((await stream).ended, 'the stream ended, it did not break')
  t.equal((await waiting).status, 200, 'who waited got the job as it is')
})

t.test('a reader that takes nothing does not hold up a stop', async (t) => {
  const bench = await startJobBench(t, { simulator: { script: { faults: [{ fault: 'stuck' }] } } })
  const quiet = createLogger({ level: 'silent', secrets: [] })
  const port = await freePort()
  const environment = { ...bench.environment, PORT: String(port), ROLE: 'api' }
  const second = await startService(readConfig(environment), quiet)
  const { id } = await bench.create(image)
  // More than the buffers of a connection hold.
  await bench.query(
    `insert into job_event (job_id, seq, id, type, source, data, created_at)
     select $1, n, gen_random_uuid(), 'job.progress', 'poll', json_build_object('pad', repeat('x', 100000)), now()
     from generate_series(101, 300) n`,
    [id.slice(4)],
  )
  await bench.query('update job set event_seq = 300 where id = $1', [id.slice(4)])
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `GET /api/jobs/${id}/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer ${testKey}\r\n\r\n`,
  )
  await once(socket, 'readable')
  // Until the connection is full.
  await sleep(500)
  const begun = performance.now()
  await second.stop()
  t.ok(performance.now() - begun < 6_000, 'it is cut off')
  socket.destroy()
})
