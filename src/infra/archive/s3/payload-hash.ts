/** Tells the S3 client the SHA-256 of payloads that were hashed already, which signing needs, so that no byte is hashed for it again. */
import type { S3Client } from '@aws-sdk/client-s3'

const hexOf = new WeakMap<object, string>()

/** For the very buffer that is sent next. */
export function notePayloadHash(payload: Buffer, sha256: Buffer): void {
  hexOf.set(payload, sha256.toString('hex'))
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
