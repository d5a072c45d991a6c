/** A file is never held whole: 300 MB pass through each store within a bound on the process's memory. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { plainNode } from '../../support/plain-node.ts'
import { listen } from './listen.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'stream-large.ts')

t.test('a folder takes 300 MB with less than 100 MB of memory', async (t) => {
  const { stdout } = await run(...plainNode([script, 'folder', t.testdir()]))
  const grown = Number(stdout)
  t.ok(grown > 0 && grown < 100, `${grown} MB`)
})

t.test('a bucket takes 300 MB with less than 100 MB of memory', async (t) => {
  const { stdout } = await run(...plainNode([script, 's3', await startSink(t)]))
  const grown = Number(stdout)
  t.ok(grown > 0 && grown < 100, `${grown} MB`)
})

/** As much of S3 as an upload in parts needs, forgetting the bytes. */
function startSink(t: Parameters<typeof listen>[0]): Promise<string> {
  const server = createServer((incoming, answer) => {
    incoming.resume()
    incoming.on('end', () => {
      answer.setHeader('etag', '"part"')
      if (incoming.method !== 'POST') answer.end()
      else if (incoming.url?.includes('uploads'))
        answer.end(xml('InitiateMultipartUpload', '<UploadId>1</UploadId>'))
      else answer.end(xml('CompleteMultipartUpload', '<ETag>"whole"</ETag>'))
    })
  })
  return listen(t, server)
}

const xml = (name: string, content: string): string =>
  `<?xml version="1.0"?><${name}Result xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}Result>`
