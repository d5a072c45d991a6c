/** Reads objects of a bucket; an object that the bucket does not have is distinguished from every other failure. */
import { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { ArchiveError } from '../../../domain/archive-error.ts'
import { isNoObject } from './s3-errors.ts'

/** An object of the bucket; `Key` includes the archive's prefix. */
export interface S3Target {
  Bucket: string
  Key: string
}

const defaultType = 'application/octet-stream'

/** Throws unless the bucket answers for an object that does not exist. A GET, since a refused HEAD carries no reason. */
export async function askForNothing(client: S3Client, target: S3Target): Promise<void> {
  try {
    const { Body } = await client.send(new GetObjectCommand(target))
    if (Body instanceof Readable) Body.destroy()
  } catch (error) {
    if (!isNoObject(error)) throw error
  }
}

/** null when the bucket has no such object. */
export async function headObject(client: S3Client, target: S3Target) {
  try {
    const found = await client.send(new HeadObjectCommand(target))
    return {
      bytes: found.ContentLength ?? 0,
      sha256: found.Metadata?.sha256 ?? null,
      contentType: found.ContentType ?? defaultType,
    }
  } catch (error) {
    if (isNoObject(error)) return null
    throw error
  }
}

/** @throws ArchiveError when the bucket has no such object; `range` includes both ends. */
export async function getObject(client: S3Client, target: S3Target, range?: { start: number; end: number }) {
  const span = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }
  try {
    const found = await client.send(new GetObjectCommand({ ...target, ...span }))
    if (!(found.Body instanceof Readable))
      throw new ArchiveError('later', `${target.Key}: the store sent no body`)
    const contentType = found.ContentType ?? defaultType
    return { body: found.Body, bytes: found.ContentLength ?? 0, contentType }
  } catch (error) {
    if (!isNoObject(error)) throw error
    throw new ArchiveError('gone', `nothing is archived under ${target.Key}`, error)
  }
}
