/** A bucket over real HTTP for tests: s3rver, behind a front that adds the one call it lacks and remembers open uploads. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import S3rver from 's3rver'
import type { Test } from 'tap'
import type { S3ArchiveOptions } from '../../../src/infra/archive/s3-settings.ts'
import { listen } from './listen.ts'

export interface TestBucket {
  options: S3ArchiveOptions
  /** Ids of multipart uploads neither completed nor aborted. */
  openUploads: Set<string>
  /** `METHOD path?query` of every request, oldest first. */
  requests: string[]
}

export async function startBucket(t: Test): Promise<TestBucket> {
  const inner = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: t.testdir(),
    configureBuckets: [{ name: 'media', configs: [] }],
  })
  const { port } = await inner.run()
  const openUploads = new Set<string>()
  const requests: string[] = []
  const front = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    const query = new URL(incoming.url ?? '/', 'http://front').searchParams
    const uploadId = query.get('uploadId')
    if (incoming.method === 'DELETE' && uploadId !== null) {
      openUploads.delete(uploadId)
      outgoing.writeHead(204).end()
      return
    }
    forward(incoming, outgoing, port, (answer) => {
      if (incoming.method !== 'POST') return
      if (uploadId !== null) openUploads.delete(uploadId)
      const started = /<UploadId>([^<]+)</.exec(answer)?.[1]
      if (query.has('uploads') && started !== undefined) openUploads.add(started)
    })
  })
  const endpoint = await listen(t, front)
  t.teardown(() => inner.close())
  return {
    openUploads,
    requests,
    options: {
      bucket: 'media',
      endpoint,
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      forcePathStyle: true,
    },
  }
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  onAnswer: (text: string) => void,
): void {
  const { method, url: path, headers } = incoming
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    const seen: Buffer[] = []
    if (incoming.method === 'POST') answer.on('data', (chunk: Buffer) => seen.push(chunk))
    answer.on('end', () => onAnswer(Buffer.concat(seen).toString()))
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}
