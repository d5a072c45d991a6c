/** Job tokens: only what we signed, whole and unexpired, is one. */
import fc from 'fast-check'
import t from 'tap'
import { createJobTokens } from '../../../src/http/access/job-token.ts'

const token = { jobId: 'job_1', clientId: 'cli_1', keyId: 'key_1', expiresAt: 2_000 }
const at = (now: number, secret = 'x'.repeat(32)) => createJobTokens({ secret, now: () => now })

t.test('a token says what was signed until it expires', async (t) => {
  const text = at(0).sign(token)
  t.same(at(1_999).verify(text), token)
  t.equal(at(2_000).verify(text), null)
  t.equal(at(0, 'y'.repeat(32)).verify(text), null, 'of another installation')
})

t.test('a token that was given out by an older version stays good', async (t) => {
  const old = 'fjt_WyJqb2JfMSIsImNsaV8xIiwia2V5XzEiLDIwMDBd.sMpszcxhj9CMGPv8GYzha7O9bi_c61FwDRqt56WClp0'
  t.same(at(0).verify(old), token)
  t.equal(at(0).sign(token), old)
})

t.test('no change to a token survives', async () => {
  const text = at(0).sign(token)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (place, letter) => {
      const changed = text.slice(0, place) + letter + text.slice(place + 1)
      return changed === text || at(0).verify(changed) === null
    }),
  )
  fc.assert(fc.property(fc.string(), (rest) => at(0).verify(`fjt_${rest}`) === null))
  fc.assert(fc.property(fc.string({ minLength: 1 }), (rest) => at(0).verify(text + rest) === null))
})
