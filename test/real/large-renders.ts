/** A FAL whose every render is one large file, and a bucket that takes files and forgets them: for memory under a limit. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { listen } from '../infra/archive/listen.ts'

/** Resolves to its address; its file has so many bytes. */
export function startLargeFal(t: Test, fileBytes: number): Promise<string> {
  let requests = 0
  const server = createServer((incoming, answer) => {
    incoming.resume()
    const base = `http://${incoming.headers.host}`
    const path = incoming.url ?? ''
    if (path.startsWith('/file/')) return sendFile(answer, fileBytes)
    const id = /requests\/([^/?]+)/.exec(path)?.[1]
    answer.setHeader('content-type', 'application/json')
    if (id === undefined) {
      const made = `00000000-0000-4000-8000-${String(requests++).padStart(12, '0')}`
      const url = `${base}${path.split('?')[0]}/requests/${made}`
      const urls = { status_url: `${url}/status`, response_url: url, cancel_url: `${url}/cancel` }
      answer.end(JSON.stringify({ request_id: made, status: 'IN_QUEUE', queue_position: 0, ...urls }))
    } else if (path.includes('/status')) {
      answer.end(JSON.stringify({ status: 'COMPLETED', request_id: id, metrics: { inference_time: 1 } }))
    } else {
      const file = { url: `${base}/file/${id}.bin`, content_type: 'application/octet-stream' }
      answer.end(JSON.stringify({ images: [file], seed: 1 }))
    }
  })
  return listen(t, server)
}

const piece = Buffer.alloc(256 * 1024, 'x')

async function sendFile(answer: ServerResponse, bytes: number): Promise<void> {
  answer.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes })
  for (let left = bytes; left > 0; left -= piece.length) {
    if (!answer.write(piece.subarray(0, Math.min(left, piece.length))))
      await new Promise((resolve) => answer.once('drain', resolve).once('close', resolve))
    if (answer.destroyed) return
  }
  answer.end()
}

/** Resolves to its address, and to what counts the objects that came whole. */
export async function startForgetfulBucket(t: Test) {
  const whole = new Set<string>()
  const server = createServer((incoming: IncomingMessage, answer: ServerResponse) => {
    incoming.resume()
    incoming.on('end', () => {
      const url = incoming.url ?? ''
      answer.setHeader('etag', '"part"')
      if (incoming.method === 'GET' || incoming.method === 'HEAD') {
        answer.writeHead(404).end(incoming.method === 'GET' ? '<Error><Code>NoSuchKey</Code></Error>' : '')
      } else if (incoming.method !== 'POST') {
        answer.end()
      } else if (url.includes('uploads')) {
        answer.end(xml('InitiateMultipartUpload', '<UploadId>1</UploadId>'))
      } else {
        if (url.includes('uploadId')) whole.add(url.split('?')[0] ?? '')
        answer.end(xml('CompleteMultipartUpload', '<ETag>"whole"</ETag>'))
      }
    })
  })
  return { endpoint: await listen(t, server), whole }
}

const xml = (name: string, content: string): string =>
  `<?xml version="1.0"?><${name}Result xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}Result>`
