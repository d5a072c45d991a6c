/** Tells the S3 client the SHA-256 of payloads that were hashed already, which signing needs, so that no byte is hashed for it again. */
import { webcrypto } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'

const hexOf = new WeakMap<object, string>()

/** For the very buffer that is sent next. */
export function notePayloadHash(payload: Buffer, sha256: Buffer): void {
  hexOf.set(payload, sha256.toString('hex'))
}

/** On the thread pool: the event loop has the whole file's hash to make meanwhile. */
export async function payloadHash(payload: Buffer<ArrayBuffer>): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', payload))
}

/** From then on the client's signatures use what was noted; payloads of which nothing was noted it hashes itself. */
export function useNotedHashes(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args
      if (isSigned(request)) {
        const hex = hexOf.get(request.body)
        if (hex !== undefined) request.headers['x-amz-content-sha256'] = hex
      }
      return next(args)
    },
    { step: 'build', name: 'notedPayloadHash' },
  )
}

const isSigned = (request: unknown): request is { headers: Record<string, string>; body: object } =>
  typeof request === 'object' &&
  request !== null &&
  'headers' in request &&
  'body' in request &&
  Buffer.isBuffer(request.body)
