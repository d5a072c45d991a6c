/**
 * Passes known SHA-256 hashes of payloads to the S3 client, whose signatures need them, so that no byte is hashed
 * twice.
 */
import type { S3Client } from '@aws-sdk/client-s3'

const hexOf = new WeakMap<object, string>()

/** Applies to the buffer that is sent next. */
export function notePayloadHash(payload: Buffer, sha256: Buffer): void {
  hexOf.set(payload, sha256.toString('hex'))
}

/** Makes the client's signatures use the noted hashes; other payloads it hashes itself. */
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
