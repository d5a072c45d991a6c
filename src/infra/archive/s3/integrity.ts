/** Body digests for stores that require one; sent only where required, since not every store supports them. */
import { hash } from 'node:crypto'
import { S3ServiceException } from '@aws-sdk/client-s3'
import type { BucketKnowledge } from './bucket-knowledge.ts'

/**
 * A bucket with Object Lock refuses a body without a checksum or an MD5, each with its own error: a request that
 * appears to be refused for that reason is retried once with an MD5, which every store supports.
 */
export async function withDigestIfWanted<T>(
  body: Buffer,
  { sendsChecksum, knowledge }: { sendsChecksum: boolean; knowledge: BucketKnowledge },
  send: (integrity: { ContentMD5?: string }) => Promise<T>,
): Promise<T> {
  if (sendsChecksum) return send({})
  if (!knowledge.wantsDigest) {
    try {
      return await send({})
    } catch (error) {
      if (!asksForDigest(error)) throw error
    }
  }
  const answer = await send({ ContentMD5: hash('md5', body, 'base64') })
  knowledge.wantsDigest = true
  return answer
}

/** Error codes for an unknown element of a list. */
export const isMalformed = (error: unknown): boolean => isBadRequest(error) && error.name === 'MalformedXML'

const asksForDigest = (error: unknown): boolean =>
  isBadRequest(error) &&
  (error.name === 'InvalidRequest' ||
    error.name === 'MissingContentMD5' ||
    /content-md5|checksum/i.test(error.message))

const isBadRequest = (error: unknown): error is S3ServiceException =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 400
