/** A client's callback endpoint: now and then it fails, and it remembers what reached it. */
import { createServer } from 'node:http'
import type { Random } from '../../../src/simulator/base/random.ts'

export interface Receiver {
  url: string
  /** Types by job, each delivery counted. */
  received: Map<string, Map<string, number>>
  close(): Promise<void>
}

/** `failRate`: share of deliveries that are answered with a 500. */
export async function startReceiver(random: Random, failRate: number): Promise<Receiver> {
  const received = new Map<string, Map<string, number>>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (random.next() < failRate) return void response.writeHead(500).end()
      const { type, jobId } = read(Buffer.concat(chunks).toString('utf8'))
      const ofJob = received.get(jobId) ?? new Map<string, number>()
      ofJob.set(type, (ofJob.get(type) ?? 0) + 1)
      received.set(jobId, ofJob)
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    async close() {
      server.closeAllConnections()
      await new Promise((settle) => server.close(settle))
    },
  }
}

function read(text: string): { type: string; jobId: string } {
  const body: unknown = JSON.parse(text)
  const job = /"(job_[0-9a-f-]{36})"/.exec(text)?.[1] ?? 'unknown'
  const type =
    typeof body === 'object' && body !== null && 'type' in body && typeof body.type === 'string'
      ? body.type
      : 'unknown'
  return { type, jobId: job }
}
