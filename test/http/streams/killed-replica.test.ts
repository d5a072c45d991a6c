/** Live streams outlive the process that serves them: it is killed without a word, and nobody misses or repeats an event. */
import { Agent, get } from 'node:http'
import t from 'tap'
import { testKey } from '../../support/service.ts'
import { startServiceProcess } from '../../support/service-process.ts'
import { startJobBench } from '../job-bench.ts'

const streams = 1_000
const jobCount = 20
/** Events seen after the first jobs completed and before the kill: some streams have them, others do not yet. */
const killAfter = 400

t.test(
  '1,000 streams see every event once and in order while their process is killed and they resume on another',
  { timeout: 60_000 },
  async (t) => {
    // So slow that a request ends only when it is told to.
    const bench = await startJobBench(t, { simulator: { speed: 0.01 } })
    const environment = { ...bench.environment, PORT: '0', ROLE: 'api', LOG_LEVEL: 'info' }
    const doomed = await startServiceProcess(t, environment)
    const survivor = bench.service
    const jobs = await Promise.all(
      Array.from({ length: jobCount }, (_, n) =>
        bench.create({ model: 'flux-schnell', prompt: `a boat ${n}` }),
      ),
    )
    const requestIds = await Promise.all(
      jobs.map(async ({ id }) => {
        const { fal } = await bench.until(id, (job) => job.fal.requestId !== null)
        return fal.requestId ?? ''
      }),
    )

    let base = doomed.url
    let connected = 0
    let resumed = 0
    let seenSinceCompleted = 0
    const allConnected = Promise.withResolvers<void>()
    const enoughSeen = Promise.withResolvers<void>()
    const someResumed = Promise.withResolvers<void>()
    const clients = Array.from({ length: streams }, (_, n) => {
      const job = jobs[n % jobCount]
      let isConnected = false
      const onEvent = ({ type }: { type: string }): void => {
        if (!isConnected && ++connected === streams) allConnected.resolve()
        isConnected = true
        if (type === 'job.completed' && ++seenSinceCompleted === killAfter) enoughSeen.resolve()
      }
      const urlOf = (): URL => {
        if (base === survivor.url && ++resumed === streams / 2) someResumed.resolve()
        return new URL(`/api/jobs/${job?.id}/events`, base)
      }
      return readToEnd(urlOf, onEvent)
    })

    await allConnected.promise
    for (const id of requestIds.slice(0, jobCount / 2)) bench.simulator.admin.complete(id)
    await enoughSeen.promise
    base = survivor.url
    doomed.kill('SIGKILL')
    await someResumed.promise
    for (const id of requestIds.slice(jobCount / 2)) bench.simulator.admin.complete(id)
    const seen = await Promise.all(clients)

    t.ok(resumed >= streams / 2, `${resumed} streams were opened on the survivor`)
    const histories = await Promise.all(
      jobs.map(async ({ id }) => (await bench.events(id)).map((event) => event.id)),
    )
    const wrong = seen.filter(
      (events, n) => JSON.stringify(events.map(({ id }) => id)) !== JSON.stringify(histories[n % jobCount]),
    )
    t.equal(wrong.length, 0, 'each history whole, once, in order')
    t.ok(histories.every((history) => history.length >= 6))
  },
)

interface SeenEvent {
  seq: string
  type: string
  id: string
}

/** An EventSource as small as can be: a thousand of them are not what is tested. */
async function readToEnd(urlOf: () => URL, onEvent: (event: SeenEvent) => void): Promise<SeenEvent[]> {
  const seen: SeenEvent[] = []
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await readOnce(urlOf(), seen, onEvent)) === 204) return seen
  }
  throw new Error('the stream did not come to its end')
}

const agent = new Agent({ keepAlive: false })
const wholeEvent = /id: (\d+)\nevent: (\S+)\ndata: \{"id":"([^"]+)".*\n\n/g

/** Resolves with the status when the connection is over, however; 0 when there was none. What was cut is not seen. */
function readOnce(url: URL, seen: SeenEvent[], onEvent: (event: SeenEvent) => void): Promise<number> {
  const lastEventId = seen.at(-1)?.seq
  const headers = {
    accept: 'text/event-stream',
    authorization: `Bearer ${testKey}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  }
  return new Promise((resolve) => {
    const request = get(url, { agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        for (const [, seq = '', type = '', id = ''] of text.matchAll(wholeEvent)) {
          const event = { seq, type, id }
          seen.push(event)
          onEvent(event)
        }
        text = text.slice(text.lastIndexOf('\n\n') + 1)
      })
      response.on('error', () => undefined)
      response.on('close', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', () => setTimeout(resolve, 20, 0))
  })
}
