/** What of a `.env` reaches `npm run dev`: nothing by which simulated results could get into a real deployment. */
import t from 'tap'
import { localSettings } from '../../../src/cli/dev/local-settings.ts'
import { readConfig } from '../../../src/config/config.ts'

const real = {
  FAL_KEY: 'a:b',
  DATABASE_URL: 'postgres://u:p@127.0.0.1/live',
  ARCHIVE_BUCKET: 'media',
  S3_ENDPOINT: 'http://127.0.0.1:9000',
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY_FILE: '/nowhere',
}

t.test('a real database, bucket or folder is left out and named, on this machine as elsewhere', async (t) => {
  for (const host of ['db.example.com', '127.0.0.1', 'localhost', '[::1]']) {
    const given = { ...real, DATABASE_URL: `postgres://u:p@${host}/fal_jobs` }
    const { environment, leftOut } = localSettings(given)
    t.strictSame(leftOut, ['DATABASE_URL', 'ARCHIVE_BUCKET'])
    const config = readConfig(environment)
    t.match(config, { databaseUrl: null, dataDir: '.data/dev' }, host)
    t.equal(config.archive.bucket, null)
    t.strictSame(config.archive.s3.accessKeyId, null)
  }
  const { environment, leftOut } = localSettings({
    FAL_KEY: 'a:b',
    DATABASE_URL_FILE: '/run/secrets/url',
    DATA_DIR: '/var/lib/fal-jobs',
    ARCHIVE_DIR: '/var/lib/media',
  })
  t.strictSame(leftOut, ['DATABASE_URL_FILE', 'ARCHIVE_DIR'])
  t.match(readConfig(environment), {
    dataDir: '/var/lib/fal-jobs/dev',
    archive: { dir: '/var/lib/fal-jobs/dev/archive' },
  })
})

t.test('a database and a bucket under names of their own are used', async (t) => {
  const { environment } = localSettings({
    ...real,
    S3_SECRET_ACCESS_KEY_FILE: '',
    S3_SECRET_ACCESS_KEY: 'secret',
    DEV_DATABASE_URL: 'postgres://u:p@localhost:5432/scratch',
    DEV_ARCHIVE_BUCKET: 'scratch',
  })
  t.match(readConfig(environment), {
    databaseUrl: 'postgres://u:p@localhost:5432/scratch',
    archive: { bucket: 'scratch', s3: { endpoint: 'http://127.0.0.1:9000', accessKeyId: 'id' } },
  })
})
