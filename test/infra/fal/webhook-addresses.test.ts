/** The list of FAL's addresses is used as far as it can be read, and is empty before. */
import t from 'tap'
import { MockAgent } from 'undici'
import { createWebhookAddresses } from '../../../src/infra/fal/webhook-addresses.ts'

t.test('ranges of both families are matched, and what is no range is skipped', async (t) => {
  const agent = new MockAgent()
  agent.disableNetConnect()
  const answered = Promise.withResolvers<void>()
  agent
    .get('https://api.fal.ai')
    .intercept({ path: '/v1/meta' })
    .reply(200, () => {
      setImmediate(answered.resolve)
      return { webhook_ip_ranges: ['198.51.100.7/32', '2001:db8::/32', 'x', 7, '10.0.0.0/99'] }
    })
  const warned: string[] = []
  const log = { warn: (_fields: object, text: string) => void warned.push(text) }
  const addresses = createWebhookAddresses({ platformBase: 'https://api.fal.ai/v1', log, dispatcher: agent })
  t.equal(addresses.has('198.51.100.7'), false, 'unknown yet')
  addresses.start()
  await answered.promise
  for (let n = 0; n < 100 && !addresses.has('198.51.100.7'); n++)
    await new Promise((settle) => setTimeout(settle, 10))
  t.equal(addresses.has('198.51.100.7'), true)
  t.equal(addresses.has('::ffff:198.51.100.7'), true)
  t.equal(addresses.has('198.51.100.8'), false)
  t.equal(addresses.has('2001:db8::1'), true)
  t.equal(addresses.has('nonsense'), false)
  await addresses.stop()
  t.strictSame(warned, [])
})
