/** Which URLs media may be fetched from, before any connection. */
import t from 'tap'
import { createMediaHostRules } from '../../../src/domain/media/media-host-rules.ts'

const rules = createMediaHostRules(['minio:9000', 'LOCALHOST', '[::1]:8080', '*.cdn.test', '10.0.0.5'])

t.test("FAL's own hosts are fetched over https on the usual port", (t) => {
  for (const url of [
    'https://v3.fal.media/files/x.png',
    'https://v3b.fal.media/files/b/1234/x.png?identity=1',
    'https://fal.media/files/x.png',
    'https://V3.FAL.MEDIA:443/x',
    'https://rest.fal.ai/x',
    'https://queue.fal.run/x',
    'https://queue.falrun.com/x',
    'https://storage.googleapis.com/isolate-dev-hot-rooster_toolkit_bucket/x/out.png?X-Goog-Signature=1',
    'https://storage.googleapis.com/fal-flux-lora/x_config.json',
    'https://minio:9000/x',
    'http://minio:9000/x',
    'http://localhost:1234/x',
    'http://[::1]:8080/x',
    'https://eu.cdn.test/x',
    'http://10.0.0.5/x',
    'http://0xa.0.0.5/x',
  ]) {
    t.doesNotThrow(() => rules.check(new URL(url)), url)
  }
  t.end()
})

t.test('a host that is not named is foreign, in every spelling: naming it would allow it', (t) => {
  for (const url of [
    'https://v3.fal.media:8443/x',
    'https://v3.fal.media.evil.test/x',
    'https://evilfal.media/x',
    'https://fal.media.evil.test/x',
    'https://v3.fal.media./x',
    'https://v3.fal.media@evil.test/x',
    'https://evil.test#.fal.media',
    'https://evil.test/?.fal.media',
    'https://evil.test\\.fal.media',
    'https://evilfalrun.com/x',
    'https://storage.googleapis.com/x',
    'https://storage.googleapis.com/isolate-dev-hot-rooster_toolkit_bucket',
    'https://storage.googleapis.com/isolate-dev-hot-rooster_toolkit_bucket/../other/x.png',
    'https://storage.googleapis.com/isolate-dev-hot-rooster_toolkit_bucket-2/x.png',
    'https://storage.googleapis.com/x/isolate-dev-hot-rooster_toolkit_bucket/x.png',
    'https://storage.googleapis.com.evil.test/isolate-dev-hot-rooster_toolkit_bucket/x.png',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://[::1]/x',
    'https://cdn.test/x',
    'https://evilcdn.test/x',
  ]) {
    const trouble = url.includes('@') ? 'refused' : 'foreign'
    t.throws(() => rules.check(new URL(url)), { name: 'ArchiveError', trouble }, url)
  }
  t.end()
})

t.test('another scheme or a login is refused', (t) => {
  for (const url of [
    'http://v3.fal.media/x',
    'https://user@v3.fal.media/x',
    'https://user:password@v3.fal.media/x',
    'http://minio/x',
    'http://minio:9001/x',
    'ftp://v3.fal.media/x',
    'file:///etc/passwd',
    'gopher://v3.fal.media/x',
    'blob:https://v3.fal.media/x',
    'javascript:alert(1)',
    'data:text/plain,x',
  ]) {
    t.throws(() => rules.check(new URL(url)), { name: 'ArchiveError', trouble: 'refused' }, url)
  }
  t.end()
})

t.test('a bad entry stops the start and names the setting', (t) => {
  for (const entry of [
    '',
    ' ',
    'http://minio',
    'minio:9000/path',
    'minio:0',
    'minio:70000',
    'a b',
    '*',
    'x@y',
    '*.*',
  ]) {
    t.throws(() => createMediaHostRules([entry]), /ARCHIVE_ALLOWED_HOSTS/, JSON.stringify(entry))
  }
  t.end()
})
