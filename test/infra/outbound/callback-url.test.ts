/** Which callback URLs are refused at the create already. */
import t from 'tap'
import { makeProblemOfUrl } from '../../../src/infra/outbound/callback-url.ts'

const strict = makeProblemOfUrl({ allowPrivate: false })
const lax = makeProblemOfUrl({ allowPrivate: true })

t.test('https to a public name or address is fine', async (t) => {
  for (const url of [
    'https://example.com',
    'https://example.com:8443/a?b=c',
    'https://8.8.8.8/',
    'https://[2606:4700::1]/',
  ]) {
    t.equal(strict(url), null, url)
    t.equal(lax(url), null, url)
  }
})

t.test('what is not an absolute web address is refused even in development', async (t) => {
  for (const url of [
    '',
    'nonsense',
    '/hook',
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:,x',
    'https://',
    'https://u:p@example.com/',
    'https://u@example.com/',
    'https://example.com/#part',
  ]) {
    t.type(lax(url), 'string', url)
    t.type(strict(url), 'string', url)
  }
})

t.test('plain http and the inside are for development only', async (t) => {
  const urls = `http://example.com/ https://localhost/ https://a.localhost/ https://db.internal/ https://printer.local/
    https://127.0.0.1/ https://127.1/ https://2130706433/ https://0x7f000001/ https://[::1]/ https://[::ffff:10.0.0.1]/
    https://10.1.2.3/ https://169.254.169.254/ https://192.168.0.1/ https://[fd00::1]/ https://0.0.0.0/`
  for (const url of urls.trim().split(/\s+/)) {
    t.type(strict(url), 'string', url)
    t.equal(lax(url), null, url)
  }
})
