/** For the archive's benchmark, in a process of its own: a CDN that makes films of any size, a bucket that forgets, and one that keeps. */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import S3rver from 's3rver'

const [directory = ''] = process.argv.slice(2)
const chunk = Buffer.alloc(256 * 1024, 'fal-jobs')

const cdn = await listening(
  createServer((request, response) => sendFilm(Number(request.url?.slice(1)), response)),
)
/** All that a bucket which forgets keeps: the service's own probe. */
const probes = new Map<string, Buffer>()
const sink = await listening(
  createServer((request, response) => {
    const { url = '', method } = request
    const [name = ''] = url.split('?')
    const isProbe = name.includes('/probe/')
    const content: Buffer[] = []
    request.on('data', (piece: Buffer) => isProbe && content.push(piece))
    request.on('end', () => {
      response.setHeader('etag', '"part"')
      const probe = probes.get(name)
      if (method === 'PUT' && isProbe) probes.set(name, Buffer.concat(content))
      if (probe !== undefined && request.headers['if-none-match'] === '*') response.writeHead(412).end()
      else if (method === 'GET') response.end(probe)
      else if (method === 'HEAD') response.writeHead(404, { 'content-length': 0 }).end()
      else if (method !== 'POST') response.end()
      else if (url.includes('uploads')) response.end(xml('InitiateMultipartUpload', '<UploadId>1</UploadId>'))
      else response.end(xml('CompleteMultipartUpload', '<ETag>"whole"</ETag>'))
    })
  }),
)
const bucket = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory,
  configureBuckets: [{ name: 'media', configs: [] }],
})
const { port } = await bucket.run()
process.send?.({ cdn, sink, bucket: `http://127.0.0.1:${port}` })
process.on('disconnect', () => process.exit())

/** A film of `bytes` bytes by its boxes: one small, one that takes all the rest. */
function sendFilm(bytes: number, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes })
  pipeline(Readable.from(film(bytes), { objectMode: false }), response, () => undefined)
}

function* film(bytes: number): Generator<Buffer> {
  const head = Buffer.alloc(40)
  head.writeUInt32BE(24, 0)
  head.write('ftypisom', 4, 'latin1')
  head.writeUInt32BE(1, 24)
  head.write('mdat', 28, 'latin1')
  head.writeBigUInt64BE(BigInt(bytes - 24), 32)
  yield head
  for (let left = bytes - head.length; left > 0; left -= chunk.length) yield chunk.subarray(0, left)
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP server')
  return `http://127.0.0.1:${address.port}`
}

function xml(name: string, content: string): string {
  return `<?xml version="1.0"?><${name}Result xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}Result>`
}
