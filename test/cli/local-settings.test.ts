/** What of a `.env` reaches `npm run dev`: nothing by which simulated results could get into a real deployment. */
import t from 'tap'
import { localSettings } from '../../src/cli/local-settings.ts'
import { readConfig } from '../../src/config.ts'

t.test('a database or bucket off this machine is left out and named', async (t) => {
  const { environment, leftOut } = localSettings({
    FAL_KEY: 'a:b',
    DATABASE_URL: 'postgres://u:p@db.example.com/fal_jobs',
    ARCHIVE_BUCKET: 'media',
    S3_REGION: 'eu-west-1',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
  })
  t.strictSame(leftOut, ['DATABASE_URL', 'ARCHIVE_BUCKET'])
  const config = readConfig(environment)
  t.match(config, { databaseUrl: null, dataDir: '.data/dev' })
  t.equal(config.archive.bucket, null)
  t.strictSame(localSettings({ DATABASE_URL_FILE: '/run/secrets/url' }).leftOut, ['DATABASE_URL_FILE'])
})

t.test('a database and a store on this machine are used', async (t) => {
  const given = {
    DATABASE_URL: 'postgres://u:p@localhost:5432/fal_jobs',
    ARCHIVE_BUCKET: 'media',
    S3_ENDPOINT: 'http://127.0.0.1:9000',
    DATA_DIR: 'elsewhere',
  }
  t.strictSame(localSettings(given), { environment: given, leftOut: [] })
})
