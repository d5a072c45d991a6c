/** The doctor's finding on the archive: ok with what the store does in its own manner, a warning where pages could not read, else a failure. */
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { checkArchive } from '../../src/doctor/check-archive.ts'
import type { ArchiveCheck } from '../../src/ports/archive-store.ts'

const base = { FAL_KEY: 'a:b', ARCHIVE_BUCKET: 'media', S3_ENDPOINT: 'https://x.example' }
const finding = (check: ArchiveCheck, more: Record<string, string> = {}) =>
  checkArchive({ check: async () => check }, readConfig({ ...base, ...more }))

t.test('a bucket in order is ok, with its manners', async (t) => {
  const found = await finding({ remarks: ['it keeps versions'], pagesCanRead: false })
  t.match(found, { status: 'ok', detail: /^bucket media: every right.*; it keeps versions$/, remedy: null })
})

t.test(
  'a bucket that pages cannot read is a warning only where pages of other origins are let in',
  async (t) => {
    const pages = { CORS_ORIGINS: 'https://app.example.com' }
    t.match(await finding({ remarks: [], pagesCanRead: false }, pages), {
      status: 'warning',
      remedy: /CORS rule/,
    })
    t.match(await finding({ remarks: [], pagesCanRead: true }, pages), { status: 'ok' })
    t.match(await finding({ remarks: [], pagesCanRead: null }, { ...pages }), { status: 'ok' })
  },
)

t.test('what fails is named, with where the rights stand', async (t) => {
  const check = () => Promise.reject(new Error('archive check: list failed: access denied'))
  t.match(await checkArchive({ check }, readConfig(base)), {
    status: 'failed',
    detail: 'bucket media: archive check: list failed: access denied',
    remedy: /docs\/deploy\.md/,
  })
  t.match(await checkArchive({ check }, readConfig({ FAL_KEY: 'a:b' })), {
    status: 'failed',
    remedy: /ARCHIVE_DIR/,
  })
})
