/** Buckets of the real store that `npm run test:real` started, for its checks. */
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { createS3Client, type S3ArchiveOptions } from '../../src/infra/archive/s3/s3-settings.ts'

interface Account {
  accessKeyId: string
  secretAccessKey: string
}

/** Handed over by main.ts. `guest`: an account without buckets of its own. */
interface RealStore {
  endpoint: string
  owner: Account
  guest: Account & { arn: string }
}

export const realStore: RealStore = JSON.parse(process.env.REAL_STORE ?? 'null') ?? missing()

function missing(): never {
  throw new Error('no REAL_STORE in the environment: run it by `npm run test:real`')
}

export const optionsOf = (bucket: string, account: Account = realStore.owner): S3ArchiveOptions => ({
  bucket,
  endpoint: realStore.endpoint,
  region: 'us-east-1',
  accessKeyId: account.accessKeyId,
  secretAccessKey: account.secretAccessKey,
  forcePathStyle: true,
})

export const environmentOf = (options: S3ArchiveOptions): Record<string, string> => ({
  ARCHIVE_BUCKET: options.bucket,
  S3_ENDPOINT: options.endpoint ?? '',
  S3_REGION: options.region,
  S3_ACCESS_KEY_ID: options.accessKeyId ?? '',
  S3_SECRET_ACCESS_KEY: options.secretAccessKey ?? '',
  S3_FORCE_PATH_STYLE: '1',
})

/** Of the owner's, new. */
export async function makeBucket(
  bucket: string,
  { keepsVersions = false, policy = null as object | null } = {},
) {
  const client = createS3Client(optionsOf(bucket))
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  if (keepsVersions) {
    const VersioningConfiguration = { Status: 'Enabled' as const }
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
  }
  if (policy !== null)
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }))
  return {
    options: optionsOf(bucket),
    /** Keys of all versions and markers. */
    async versions() {
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket }),
      )
      return [...Versions, ...DeleteMarkers].map(({ Key }) => Key)
    },
    async openUploads(prefix = '') {
      const { Uploads = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
      )
      return Uploads.map(({ Key = '' }) => Key)
    },
  }
}
