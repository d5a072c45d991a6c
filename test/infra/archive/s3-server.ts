/**
 * A bucket over real HTTP for tests: s3rver, behind a front that adds the two calls it lacks, remembers open uploads, and is
 * as strict as real stores are where s3rver is not: links are good for their method only, and `Expect` is refused.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import S3rver from 's3rver'
import type { Test } from 'tap'
import type { S3ArchiveOptions } from '../../../src/infra/archive/s3/s3-settings.ts'
import { listen } from './listen.ts'
import { isLinkGood } from './presigned-link.ts'

export interface TestBucket {
  options: S3ArchiveOptions
  /** Multipart uploads neither completed nor aborted: key by id. */
  openUploads: Map<string, string>
  /** `METHOD path?query` of every request, oldest first. */
  requests: string[]
  /** May be changed while it runs. */
  refuses: Refusals
}

/** What it answers with `status` and this error code; unset, it does what it is asked. */
export interface Refusals {
  batchDeletes?: readonly [status: number, code: string]
  singleDeletes?: readonly [status: number, code: string]
}

export interface TestBucketOptions {
  refuses?: Refusals
  /** What it does with a put that is to be refused when something is there; s3rver itself pays no heed to it. */
  onlyNew?: 'refuses' | 'ignores' | 'unknown'
}

export async function startBucket(
  t: Test,
  { onlyNew = 'ignores', refuses = {} }: TestBucketOptions = {},
): Promise<TestBucket> {
  const inner = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: t.testdir(),
    configureBuckets: [{ name: 'media', configs: [] }],
  })
  const { port } = await inner.run()
  const openUploads = new Map<string, string>()
  const requests: string[] = []
  const kept = new Set<string>()
  const front = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', 'http://front')
    const uploadId = query.get('uploadId')
    const refuse = (status: number, code: string) => {
      incoming.resume()
      incoming.on('end', () => outgoing.writeHead(status).end(xmlError(code, path)))
    }
    if (isLinkGood(incoming, secretAccessKey) === false) return refuse(403, 'SignatureDoesNotMatch')
    if (incoming.method === 'POST' && query.has('delete') && refuses.batchDeletes !== undefined)
      return refuse(...refuses.batchDeletes)
    if (incoming.method === 'DELETE' && uploadId === null && refuses.singleDeletes !== undefined)
      return refuse(...refuses.singleDeletes)
    if (incoming.method === 'DELETE' && uploadId !== null) {
      openUploads.delete(uploadId)
      outgoing.writeHead(204).end()
      return
    }
    if (incoming.method === 'GET' && query.has('uploads')) {
      outgoing.setHeader('content-type', 'application/xml')
      outgoing.end(uploadList(openUploads))
      return
    }
    if (incoming.headers['if-none-match'] === '*' && onlyNew !== 'ignores') {
      if (onlyNew === 'unknown') return refuse(501, 'NotImplemented')
      if (kept.has(path)) return refuse(412, 'PreconditionFailed')
    }
    forward(incoming, outgoing, port, (answer) => {
      if (incoming.method === 'PUT') kept.add(path)
      if (incoming.method !== 'POST') return
      if (uploadId !== null) openUploads.delete(uploadId)
      const started = /<UploadId>([^<]+)</.exec(answer)?.[1]
      if (query.has('uploads') && started !== undefined)
        openUploads.set(started, /<Key>([^<]+)</.exec(answer)?.[1] ?? '')
    })
  })
  // Stores behind some proxies never answer it: the client would wait, and then send all the same.
  front.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    requests.push(`${incoming.method} ${incoming.url} with Expect`)
    outgoing.writeHead(417).end()
  })
  const endpoint = await listen(t, front)
  t.teardown(() => inner.close())
  return {
    openUploads,
    requests,
    refuses,
    options: {
      bucket: 'media',
      endpoint,
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey,
      forcePathStyle: true,
    },
  }
}

const secretAccessKey = 'S3RVER'

const xmlError = (code: string, resource: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Told by the test's bucket.</Message><Resource>${resource}</Resource></Error>`

/** The answer of ListMultipartUploads, which s3rver lacks; every upload began an hour ago. */
function uploadList(uploads: ReadonlyMap<string, string>): string {
  const initiated = new Date(Date.now() - 3_600_000).toISOString()
  const entries = [...uploads].map(
    ([id, key]) =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`,
  )
  return `<?xml version="1.0"?><ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>${entries.join('')}</ListMultipartUploadsResult>`
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
  // A client that was killed in the middle of its request.
  incoming.on('close', () => {
    if (!incoming.complete) onward.destroy()
  })
  incoming.pipe(onward)
}
