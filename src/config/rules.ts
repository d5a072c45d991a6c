/**
 * Rules over several settings: combinations of individually valid values that cannot work, or must not run in
 * production.
 */
import { settings } from './environment.ts'
import { legacyKey } from './fal-settings.ts'
import type { Given } from './setting.ts'

/** Shorter keys can be guessed; in production they are refused. */
export const shortestBootstrapKey = 16

/** It stands in docker-compose.yml, for trying. */
const composeKey = 'compose-admin-key-change-me'

/** What is wrong, each with the variable's name and what to write. */
export function combinationProblems(given: Given): string[] {
  return [
    ...keyProblems(given),
    ...productionProblems(given),
    ...databaseProblems(given),
    ...bucketProblems(given),
  ]
}

function keyProblems({ raw }: Given): string[] {
  if (raw(settings.fal.key) !== undefined || raw(legacyKey) !== undefined) return []
  return ['FAL_KEY: must be your FAL API key (`id:secret`), but neither it nor FAL_API_KEY is set']
}

function productionProblems({ raw }: Given): string[] {
  if (raw(settings.production) !== 'production') return []
  const problems: string[] = []
  if (raw(settings.fal.allowLoopback) === true)
    problems.push('FAL_ALLOW_LOOPBACK: must be unset when NODE_ENV=production')
  if ((raw(settings.bootstrapApiKey)?.length ?? Infinity) < shortestBootstrapKey)
    problems.push(
      `BOOTSTRAP_API_KEY: must have at least ${shortestBootstrapKey} characters when NODE_ENV=production (\`openssl rand -base64 32\` makes one)`,
    )
  if (raw(settings.bootstrapApiKey) === composeKey)
    problems.push(
      'BOOTSTRAP_API_KEY: is the one that docker-compose.yml publishes, which is public, when NODE_ENV=production: make your own with `openssl rand -base64 32`',
    )
  return problems
}

function databaseProblems({ raw }: Given): string[] {
  if (raw(settings.databaseDirectUrl) === undefined || raw(settings.databaseUrl) !== undefined) return []
  return ['DATABASE_DIRECT_URL: is only used beside DATABASE_URL, which is not set']
}

const { bucket, s3 } = settings.archive

/** Settings without a default that only a bucket uses. */
const ofBucket = [
  s3.endpoint,
  s3.accessKeyId,
  s3.secretAccessKey,
  s3.serverSideEncryption,
  s3.kmsKeyId,
  s3.storageClass,
]

const lastSegment = (address: string | undefined): string | undefined =>
  address === undefined ? undefined : URL.parse(address)?.pathname.replace(/\/+$/, '').split('/').at(-1)

function bucketProblems({ raw }: Given): string[] {
  const problems: string[] = []
  const isSet = (setting: (typeof ofBucket)[number]) => raw(setting) !== undefined
  if (isSet(s3.accessKeyId) !== isSet(s3.secretAccessKey))
    problems.push('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: must be set together or not at all')
  if (isSet(bucket) && !isSet(s3.endpoint) && raw(s3.region) === 'auto')
    problems.push(
      'S3_REGION: must name the region of the bucket (e.g. eu-central-1) when S3_ENDPOINT is not set',
    )
  if (isSet(s3.kmsKeyId) && raw(s3.serverSideEncryption)?.startsWith('aws:kms') !== true)
    problems.push('S3_KMS_KEY_ID: needs S3_SERVER_SIDE_ENCRYPTION=aws:kms (or aws:kms:dsse)')
  if (isSet(bucket) && lastSegment(raw(s3.endpoint)) === raw(bucket))
    problems.push(
      `S3_ENDPOINT: ends in the bucket's name, "/${raw(bucket)}", which would stand twice in every address: leave it out, ARCHIVE_BUCKET names the bucket`,
    )
  const idle = ofBucket.filter(isSet).map(({ name }) => name)
  if (!isSet(bucket) && idle.length > 0)
    problems.push(
      `ARCHIVE_BUCKET: is not set, so ${idle.join(', ')} ${idle.length === 1 ? 'has no use' : 'have no use'}: set it, or leave S3_… out to keep the media in ARCHIVE_DIR`,
    )
  return problems
}
