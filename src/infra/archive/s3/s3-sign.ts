/** Signs links to single objects of a bucket: each is valid for one method and for a limited time. */
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { isInlineSafe } from '../../../domain/media/media-type.ts'
import type { LinkToSign } from '../../../ports/archive-store.ts'
import { contentDisposition } from '../content-disposition.ts'
import type { S3Target } from './s3-read.ts'

export function signLink(
  client: S3Client,
  target: S3Target,
  { sameForSeconds = 1, ...link }: LinkToSign,
): Promise<string> {
  const isInline = link.inline && isInlineSafe(link.contentType)
  const params = {
    ...target,
    ResponseContentType: link.contentType,
    ResponseContentDisposition: contentDisposition(link.fileName, isInline),
  }
  const command = link.method === 'HEAD' ? new HeadObjectCommand(params) : new GetObjectCommand(params)
  // The bucket's time from its answers: it refuses links signed by a machine whose clock is ahead.
  const seconds = Math.floor((Date.now() + client.config.systemClockOffset) / 1000)
  const signingDate = new Date((seconds - (seconds % sameForSeconds)) * 1000)
  const expiresIn = link.expiresInSeconds + sameForSeconds - 1
  return getSignedUrl(client, command, { expiresIn, signingDate })
}
