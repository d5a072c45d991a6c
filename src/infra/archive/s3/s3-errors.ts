/** Translates S3 errors into the setting to check, with the store's own message. */
import { S3ServiceException } from '@aws-sdk/client-s3'
import { ArchiveError } from '../../../domain/archive-error.ts'
import { errorCode } from '../../../domain/error-code.ts'
import { type S3ArchiveOptions, s3SettingNames as settings } from './s3-settings.ts'

const credentials = `${settings.accessKeyId} and ${settings.secretAccessKey}`

const adviceByName: Readonly<Record<string, string>> = {
  NoSuchBucket: `the bucket does not exist: check ${settings.bucket} and ${settings.endpoint}`,
  InvalidBucketName: `not a bucket name: check ${settings.bucket}`,
  AccessDenied: `access denied: ${credentials} need s3:GetObject, PutObject, DeleteObject, ListBucket, ListBucketMultipartUploads and AbortMultipartUpload`,
  InvalidAccessKeyId: `unknown access key: check ${settings.accessKeyId}`,
  SignatureDoesNotMatch: `wrong secret: check ${settings.secretAccessKey}`,
  ExpiredToken: `the credentials have expired: renew ${credentials}`,
  CredentialsProviderError: `no credentials found: set ${credentials}`,
  PermanentRedirect: `the bucket is in another region: check ${settings.region} and ${settings.endpoint}`,
  AuthorizationHeaderMalformed: `the bucket is in another region: check ${settings.region}`,
  IllegalLocationConstraintException: `the bucket is in another region: check ${settings.region}`,
  RequestTimeTooSkewed: "this machine's clock is wrong: synchronize it",
  InvalidStorageClass: `the store has no such class: check S3_STORAGE_CLASS`,
  SlowDown: 'the store asks for fewer requests: lower ARCHIVE_CONCURRENCY if it goes on',
  TooManyRequests: 'the store asks for fewer requests: lower ARCHIVE_CONCURRENCY if it goes on',
  QuotaExceeded: 'the store is full: raise its quota',
  XMinioStorageFull: 'the store is full: free some space',
}

const adviceByCode: Readonly<Record<string, string>> = {
  ENOTFOUND: `the host is unknown: check ${settings.endpoint} and ${settings.region}`,
  EAI_AGAIN: 'the host could not be looked up',
  ECONNREFUSED: `nothing listens there: check ${settings.endpoint}`,
  EPROTO: `TLS failed: check whether ${settings.endpoint} is https or http`,
}

/** Every error of the bucket is temporary or fixable: 'later', except for a range outside the object. */
export function s3Error(error: unknown, options: S3ArchiveOptions): ArchiveError {
  if (error instanceof ArchiveError) return error
  const where = `bucket ${options.bucket}${options.endpoint === undefined ? '' : ` at ${safeHost(options.endpoint)}`}`
  const name = error instanceof Error ? error.name : 'Error'
  if (name === 'InvalidRange')
    return new ArchiveError('refused', `${where}: the object has no such bytes`, error)
  if (name === 'AbortError') return new ArchiveError('later', `${where}: the copy was stopped`, error)
  const status = statusOf(error)
  const code = codeOf(error)
  const advice =
    adviceByName[name] ??
    (code === null ? undefined : adviceByCode[code]) ??
    (status === 403 ? adviceByName.AccessDenied : undefined) ??
    (status === 400 || status === 501 ? settingsAdvice(options) : undefined) ??
    (error instanceof Error && error.message !== '' ? error.message : 'failed')
  const named = [name, code, status].filter((part) => part !== null && part !== 'Error').join(' ')
  const words = storesWords(error)
  const detail = [named, ...(words === null ? [] : [`the store says: ${words}`])].filter(
    (part) => part !== '',
  )
  const shown = detail.length === 0 ? '' : ` (${detail.join('; ')})`
  return new ArchiveError('later', `${where}: ${advice}${shown}`, error)
}

/** Stores report unsupported or missing features in many ways, some only as "InvalidRequest". */
function settingsAdvice(options: S3ArchiveOptions): string {
  const inUse = [
    options.storageClass === undefined ? null : `S3_STORAGE_CLASS=${options.storageClass}`,
    options.serverSideEncryption === undefined
      ? null
      : `S3_SERVER_SIDE_ENCRYPTION=${options.serverSideEncryption}`,
    options.kmsKeyId === undefined ? null : 'S3_KMS_KEY_ID',
    options.checksums === 'supported' ? 'S3_CHECKSUMS=supported' : null,
  ].filter((setting) => setting !== null)
  return inUse.length === 0
    ? `the store refuses the request: check ${settings.endpoint} and ${settings.region}; a store that insists on checksums wants S3_CHECKSUMS=supported`
    : `the store refuses the request, perhaps for what a setting asks of it: try without ${inUse.join(', ')}`
}

const mostWords = 200

/** null when the answer has no message, or only repeats the error's name. */
function storesWords(error: unknown): string | null {
  if (!(error instanceof S3ServiceException)) return null
  const words = error.message.replace(/\s+/g, ' ').trim()
  const isName = words === '' || words === error.name || words === 'UnknownError' || words === 'Unknown'
  return isName ? null : `"${words.slice(0, mostWords)}"`
}

/** The answer to a HEAD has no body, so its error is known only by status. */
export const isNoObject = (error: unknown): boolean => {
  const name = error instanceof Error ? error.name : ''
  return name === 'NoSuchKey' || name === 'NotFound' || (statusOf(error) === 404 && name !== 'NoSuchBucket')
}

/** The store refused this request; overload and missing answers do not count. */
export const isRefusal = (error: unknown): boolean => {
  const status = statusOf(error)
  return status !== null && status !== 429 && ((status >= 400 && status < 500) || status === 501)
}

/** The store does not support this request, or not with these settings. */
export const isNotImplemented = (error: unknown): boolean =>
  error instanceof Error && error.name === 'NotImplemented'

/** The answer to a conditional put when the object exists. */
export const isTaken = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'PreconditionFailed' || statusOf(error) === 412)

/** A multipart upload that has ended. */
export const isNoUpload = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'NoSuchUpload' || statusOf(error) === 404)

const statusOf = (error: unknown): number | null =>
  error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? null) : null

const codeOf = (error: unknown): string | null =>
  error instanceof AggregateError ? codeOf(error.errors[0]) : errorCode(error)

const safeHost = (endpoint: string): string => URL.parse(endpoint)?.host ?? endpoint
