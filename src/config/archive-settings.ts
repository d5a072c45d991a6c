/** The settings that concern the archive: the bucket or folder, what is copied into it, and how it is served. */
import { hostProblem, trimmed, typeProblem, webUrl, webUrlProblems } from './forms.ts'
import {
  checked,
  choice,
  count,
  decoded,
  flag,
  listed,
  optionalChoice,
  orFromFile,
  text,
  textOr,
} from './setting.ts'

export const dataDir = textOr(
  'DATA_DIR',
  '.data',
  'Where the embedded PostgreSQL and the default archive folder live.',
)

export const archiveSettings = {
  bucket: text(
    'ARCHIVE_BUCKET',
    'S3/R2 bucket for the media, its name only; unset, they go to ARCHIVE_DIR.',
    {
      allowed: "the bucket's name only, such as media: no s3://, no path (folders go to ARCHIVE_KEY_PREFIX)",
      pattern: '^([A-Za-z0-9][A-Za-z0-9._-]*|arn:\\S+)$',
    },
  ),
  dir: decoded(
    text('ARCHIVE_DIR', 'Folder for the media when no bucket is set; default: DATA_DIR/archive.'),
    (dir, given) => dir ?? `${trimmed(given.value(dataDir))}/archive`,
  ),
  allowedHosts: listed(
    'ARCHIVE_ALLOWED_HOSTS',
    'Comma-separated hosts (or host:port) beside *.fal.media, *.fal.ai and *.fal.run that media may be copied from; a host named here may be private and plain http.',
    hostProblem,
  ),
  maxBytes: count('ARCHIVE_MAX_BYTES', 5_368_709_120, 'Largest media file that is copied, in bytes.', 1),
  allowedTypes: decoded(
    listed(
      'ARCHIVE_ALLOWED_TYPES',
      'Comma-separated media types that are copied, e.g. `image/*,video/mp4`; others go to the dead-letter list. Unset, all.',
      typeProblem,
    ),
    (types) => types.map((type) => type.toLowerCase()),
  ),
  concurrency: count('ARCHIVE_CONCURRENCY', 8, 'Files that one process downloads at once.', 1, 1000),
  hostConcurrency: count(
    'ARCHIVE_HOST_CONCURRENCY',
    6,
    'Files that one process downloads from one host at once.',
    1,
    1000,
  ),
  minBytesPerSecond: count(
    'ARCHIVE_MIN_BYTES_PER_SECOND',
    1024,
    'A download that is slower than this on average, after its first minute, is aborted and retried; 0 means no limit.',
  ),
  /** Without slashes at its ends; empty for none. */
  keyPrefix: decoded(
    text('ARCHIVE_KEY_PREFIX', 'Put before every key in the bucket or folder, e.g. `fal/media`.', {
      allowed: 'folders joined by /, each of letters, digits and . _ - and not beginning with a dot',
      pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?$',
    }),
    (prefix) => trimmed(prefix ?? ''),
  ),
  publicBaseUrl: webUrl(
    'ARCHIVE_PUBLIC_BASE_URL',
    "Public base URL of the bucket's (or folder's) root, e.g. of a CDN in front of it: media links point there, unsigned. Unset, links are signed and expire.",
  ),
  cacheControl: text(
    'ARCHIVE_CACHE_CONTROL',
    'Cache-Control stored with every object of the bucket, e.g. `public, max-age=31536000, immutable`.',
  ),
  s3: {
    endpoint: checked(
      text('S3_ENDPOINT', 'Endpoint of an S3-compatible store (R2, MinIO); unset, AWS.'),
      (url) => webUrlProblems('S3_ENDPOINT', url),
    ),
    region: textOr(
      'S3_REGION',
      'auto',
      'Region of the bucket; `auto` suits R2 and MinIO, AWS needs a real one.',
    ),
    accessKeyId: orFromFile(
      text('S3_ACCESS_KEY_ID', "Credentials of the bucket; unset, the AWS SDK's own chain is used."),
    ),
    secretAccessKey: orFromFile(text('S3_SECRET_ACCESS_KEY', 'See S3_ACCESS_KEY_ID.')),
    forcePathStyle: flag(
      'S3_FORCE_PATH_STYLE',
      'Address the bucket in the path instead of the hostname (MinIO).',
    ),
    serverSideEncryption: optionalChoice(
      'S3_SERVER_SIDE_ENCRYPTION',
      ['AES256', 'aws:kms', 'aws:kms:dsse'],
      "Encryption at rest to request; unset, the bucket's own default.",
    ),
    kmsKeyId: text('S3_KMS_KEY_ID', 'Key for `aws:kms`; unset, the default key of the account.'),
    storageClass: text(
      'S3_STORAGE_CLASS',
      'Storage class of the objects, e.g. `STANDARD_IA`; unset, the default.',
      { allowed: 'a storage class as the bucket names it, such as STANDARD_IA', pattern: '^[A-Z0-9_]+$' },
    ),
    checksums: choice(
      'S3_CHECKSUMS',
      ['required', 'supported'],
      'required',
      '`supported` sends and checks SHA-256 with every request (AWS, recent MinIO); `required` only where S3 insists, which every compatible store supports.',
    ),
  },
}
