/** The key goes to FAL's hosts only: a table of spellings. */
import t from 'tap'
import { isFalBase, mayFollow } from '../../src/domain/fal-base.ts'

const accepted = [
  'https://queue.fal.run',
  'https://fal.run',
  'https://fal.ai',
  'https://rest.fal.ai/',
  'https://rest.alpha.fal.ai',
  'https://api.fal.ai/v1',
  'HTTPS://QUEUE.FAL.RUN',
  'https://queue.fal.run:443',
  'https://queue.falrun.com',
  'https://falrun.com',
]
const refused = [
  'http://queue.fal.run',
  'https://fal.run.evil.com',
  'https://evilfal.run',
  'https://evil-fal.run',
  'https://fal.run@evil.com',
  'https://queue.fal.run@evil.com',
  'https://queue.fal.run:x@evil.com',
  'https://user:pass@queue.fal.run',
  'https://evil.com/queue.fal.run',
  'https://evil.com#.fal.run',
  'https://evil.com?.fal.run',
  'https://evil.com\\.fal.run',
  'https://queue.fal.run\\@evil.com',
  'https://queue.fal.run%2eevil.com',
  'https://queue.fal.run.',
  'https://queue.fal.run:8443',
  'https://queue.fal.run?x=1',
  'https://queue.fal.run#x',
  'https://.fal.run',
  'https://evilfalrun.com',
  'https://falrun.com.evil.com',
  'https://queue.fal.ru',
  'https://quеue.fal.run/',
  ' https://queue.fal.run',
  'https://queue.fal.run\n',
  'https:queue.evil.com',
  'ftp://queue.fal.run',
  'queue.fal.run',
  '//queue.fal.run',
  'javascript:alert(1)//.fal.run',
  '',
]
const loopback = [
  'http://127.0.0.1:3000',
  'http://localhost:3000/queue',
  'http://[::1]:9',
  'https://localhost',
]
const notLoopback = [
  'http://127.0.0.1.evil.com',
  'http://localhost.evil.com',
  'http://0.0.0.0:1',
  'http://10.0.0.1',
  'http://127.0.0.1@evil.com',
]

t.test('bases of FAL are accepted, whatever the loopback switch says', async (t) => {
  for (const url of accepted) for (const allow of [false, true]) t.ok(isFalBase(url, allow), url)
})

t.test('no spelling of a foreign host passes', async (t) => {
  for (const url of [...refused, ...notLoopback]) {
    for (const allow of [false, true]) t.notOk(isFalBase(url, allow), url)
  }
})

t.test('the loopback is a base only where that is allowed', async (t) => {
  for (const url of loopback) {
    t.ok(isFalBase(url, true), url)
    t.notOk(isFalBase(url, false), url)
  }
})

t.test(
  'a returned URL is followed on FAL’s hosts, and on the loopback only at a configured origin',
  async (t) => {
    const bases = ['http://127.0.0.1:3000', 'not a url']
    t.ok(mayFollow('https://queue.fal.run/fal-ai/flux/requests/1?x=1', bases, false))
    t.ok(mayFollow('http://127.0.0.1:3000/fal-ai/flux/requests/1', bases, true))
    for (const url of ['http://127.0.0.1:3001/x', 'http://localhost:3000/x', 'https://127.0.0.1:3000/x']) {
      t.notOk(mayFollow(url, bases, true), url)
    }
    t.notOk(mayFollow('http://127.0.0.1:3000/x', bases, false))
    for (const url of refused.filter((u) => !/[?#]/.test(u))) t.notOk(mayFollow(url, bases, true), url)
  },
)
