/** Digests beside a body for the stores that insist on one: sent only where it is asked for, since not every store knows them. */
import { hash } from 'node:crypto'
import { S3ServiceException } from '@aws-sdk/client-s3'
import type { BucketKnowledge } from './bucket-knowledge.ts'

/**
 * A bucket with Object Lock refuses a body without a checksum or an MD5, each store in words of its own: what is refused
 * for that reason, as far as can be told, is sent once more with its MD5, which every store understands.
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

/** How a store says that it does not know an element of a list. */
export const isMalformed = (error: unknown): boolean => isBadRequest(error) && error.name === 'MalformedXML'

const asksForDigest = (error: unknown): boolean =>
  isBadRequest(error) &&
  (error.name === 'InvalidRequest' ||
    error.name === 'MissingContentMD5' ||
    /content-md5|checksum/i.test(error.message))

const isBadRequest = (error: unknown): error is S3ServiceException =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 400
