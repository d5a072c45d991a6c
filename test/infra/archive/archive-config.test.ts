/** The archive's settings: a bucket that cannot work is refused at the start, with what to set. */
import t from 'tap'
import { ConfigError, readConfig } from '../../../src/config/config.ts'

const base = { FAL_KEY: 'id:secret' }

function problems(environment: Record<string, string>): string {
  try {
    readConfig({ ...base, ...environment })
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n')
    throw error
  }
}

t.test('AWS needs a region, compatible stores do not', (t) => {
  t.match(problems({ ARCHIVE_BUCKET: 'media' }), /^S3_REGION: must name the region/)
  t.equal(problems({ ARCHIVE_BUCKET: 'media', S3_REGION: 'eu-central-1' }), '')
  t.equal(problems({ ARCHIVE_BUCKET: 'media', S3_ENDPOINT: 'https://x.r2.cloudflarestorage.com' }), '')
  t.equal(problems({}), '', 'the folder needs none')
  t.end()
})

t.test('what makes no sense is named', (t) => {
  t.match(problems({ S3_KMS_KEY_ID: 'k' }), /S3_KMS_KEY_ID: needs S3_SERVER_SIDE_ENCRYPTION/)
  t.match(
    problems({ S3_SERVER_SIDE_ENCRYPTION: 'rot13' }),
    /S3_SERVER_SIDE_ENCRYPTION: must be one of AES256/,
  )
  t.match(problems({ S3_CHECKSUMS: 'maybe' }), /S3_CHECKSUMS: must be one of required, supported/)
  t.match(problems({ ARCHIVE_KEY_PREFIX: '../up' }), /ARCHIVE_KEY_PREFIX/)
  t.match(problems({ ARCHIVE_PUBLIC_BASE_URL: 'cdn.example' }), /ARCHIVE_PUBLIC_BASE_URL: must be an http/)
  t.match(problems({ ARCHIVE_CONCURRENCY: '0' }), /ARCHIVE_CONCURRENCY/)
  t.end()
})

t.test('prefix, types and base are read in one form', (t) => {
  const { archive } = readConfig({
    ...base,
    ARCHIVE_KEY_PREFIX: 'fal/media/',
    ARCHIVE_ALLOWED_TYPES: 'Image/*, video/mp4',
    ARCHIVE_PUBLIC_BASE_URL: 'https://cdn.example/',
  })
  t.match(archive, {
    keyPrefix: 'fal/media',
    allowedTypes: ['image/*', 'video/mp4'],
    publicBaseUrl: 'https://cdn.example',
  })
  t.end()
})
