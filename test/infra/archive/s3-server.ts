/**
 * A bucket over real HTTP for tests: s3rver, behind a front that adds the two calls it lacks, remembers open uploads, and is
 * as strict as real stores are where s3rver is not: links are good for their method only, and `Expect` is refused.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
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

type Refusal = readonly [status: number, code: string]

interface Seen {
  method: string | undefined
  query: URLSearchParams
  headers: IncomingMessage['headers']
}

/** Each right, or each thing that not every store understands. */
const kinds = {
  puts: ({ method }) => method === 'PUT',
  gets: ({ method, query }) => method === 'GET' && !query.has('list-type') && !query.has('uploads'),
  heads: ({ method, query }) => method === 'HEAD' && !query.has('X-Amz-Signature'),
  linkHeads: ({ method, query }) => method === 'HEAD' && query.has('X-Amz-Signature'),
  lists: ({ query }) => query.has('list-type'),
  batchDeletes: ({ method, query }) => method === 'POST' && query.has('delete'),
  singleDeletes: ({ method, query }) => method === 'DELETE' && !query.has('uploadId'),
  uploadStarts: ({ method, query }) => method === 'POST' && query.has('uploads'),
  uploadLists: ({ method, query }) => method === 'GET' && query.has('uploads'),
  aborts: ({ method, query }) => method === 'DELETE' && query.has('uploadId'),
  /** Bodies without a checksum or an MD5, as a bucket with Object Lock does. */
  bareBodies: ({ method, headers }) =>
    method === 'PUT' && !Object.keys(headers).some((name) => /^content-md5$|^x-amz-checksum-/.test(name)),
} satisfies Record<string, (seen: Seen) => boolean>

/** What it answers with this status and error code; unset, it does what it is asked. */
export type Refusals = {
  [kind in keyof typeof kinds]?: Refusal
} & {
  /** A list of parts that names their checksums, as Swift does. */
  partChecksums?: Refusal
}

function refusalOf(seen: Seen, refuses: Refusals): Refusal | undefined {
  const names = Object.keys(kinds) as (keyof typeof kinds)[]
  const name = names.find((kind) => refuses[kind] !== undefined && kinds[kind](seen))
  return name === undefined ? undefined : refuses[name]
}

export interface TestBucketOptions {
  refuses?: Refusals
  /** What it does with a put that is to be refused when something is there; s3rver itself pays no heed to it. */
  onlyNew?: 'refuses' | 'ignores' | 'unknown'
  /** Has the rule that lets pages of all origins read. */
  cors?: boolean
}

export async function startBucket(
  t: Test,
  { onlyNew = 'ignores', refuses = {}, cors = false }: TestBucketOptions = {},
): Promise<TestBucket> {
  const inner = innerServer(t.testdir())
  const { port } = await inner.run()
  const openUploads = new Map<string, string>()
  const requests: string[] = []
  const kept = new Set<string>()
  const refusalFor = ({ method, url, headers }: IncomingMessage): Refusal | undefined => {
    const { pathname, searchParams: query } = new URL(url ?? '/', 'http://front')
    const isConditional = headers['if-none-match'] === '*'
    if (isConditional && onlyNew === 'unknown') return [501, 'NotImplemented']
    if (isConditional && onlyNew === 'refuses' && kept.has(pathname)) return [412, 'PreconditionFailed']
    return refusalOf({ method, query, headers }, refuses)
  }
  const front = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', 'http://front')
    const uploadId = query.get('uploadId')
    if (cors) outgoing.setHeader('access-control-allow-origin', '*')
    const refusal = isLinkGood(incoming, secretAccessKey) === false ? badLink : refusalFor(incoming)
    if (refusal !== undefined) {
      incoming.resume()
      incoming.on('end', () => outgoing.writeHead(refusal[0]).end(xmlError(refusal[1], path)))
      return
    }
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
    if (incoming.method === 'POST' && uploadId !== null && refuses.partChecksums !== undefined) {
      const [status, code] = refuses.partChecksums
      void buffer(incoming).then((body) => {
        if (body.includes('ChecksumSHA256')) outgoing.writeHead(status).end(xmlError(code, path))
        else forward(incoming, outgoing, port, { body, onAnswer: () => openUploads.delete(uploadId) })
      })
      return
    }
    const onAnswer = (answer: string) => {
      if (incoming.method === 'PUT') kept.add(path)
      if (incoming.method !== 'POST') return
      if (uploadId !== null) openUploads.delete(uploadId)
      const started = /<UploadId>([^<]+)</.exec(answer)?.[1]
      if (query.has('uploads') && started !== undefined)
        openUploads.set(started, /<Key>([^<]+)</.exec(answer)?.[1] ?? '')
    }
    forward(incoming, outgoing, port, { body: null, onAnswer })
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

const innerServer = (directory: string) =>
  new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: 'media', configs: [] }],
  })

const secretAccessKey = 'S3RVER'
const badLink = [403, 'SignatureDoesNotMatch'] as const

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
  { body, onAnswer }: { body: Buffer | null; onAnswer: (text: string) => void },
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
  if (body === null) incoming.pipe(onward)
  else onward.end(body)
}
