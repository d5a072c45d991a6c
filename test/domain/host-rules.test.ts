/** Which URLs media may be fetched from, before any connection. */
import t from 'tap'
import { createHostRules } from '../../src/domain/host-rules.ts'

const rules = createHostRules(['minio:9000', 'LOCALHOST', '[::1]:8080', '*.cdn.test', '10.0.0.5'])

t.test("FAL's own hosts are fetched over https on the usual port", (t) => {
  for (const url of [
    'https://v3.fal.media/files/x.png',
    'https://v3b.fal.media/files/b/1234/x.png?identity=1',
    'https://fal.media/files/x.png',
    'https://V3.FAL.MEDIA:443/x',
    'https://rest.fal.ai/x',
    'https://queue.fal.run/x',
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

t.test('every other host, scheme, port and login is refused', (t) => {
  for (const url of [
    'http://v3.fal.media/x',
    'https://v3.fal.media:8443/x',
    'https://user@v3.fal.media/x',
    'https://user:password@v3.fal.media/x',
    'https://v3.fal.media.evil.test/x',
    'https://evilfal.media/x',
    'https://fal.media.evil.test/x',
    'https://v3.fal.media./x',
    'https://v3.fal.media@evil.test/x',
    'https://evil.test#.fal.media',
    'https://evil.test/?.fal.media',
    'https://evil.test\\.fal.media',
    'https://storage.googleapis.com/x',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://[::1]/x',
    'http://minio/x',
    'http://minio:9001/x',
    'https://cdn.test/x',
    'https://evilcdn.test/x',
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
    t.throws(() => createHostRules([entry]), /ARCHIVE_ALLOWED_HOSTS/, JSON.stringify(entry))
  }
  t.end()
})
