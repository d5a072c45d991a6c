/** Hosts with several addresses: one that is slow is not given up for one that is dead. */
import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net'
import t from 'tap'
import { allowSlowAddresses } from '../../src/process/connect-attempts.ts'

t.test('an address has two seconds, below every connect timeout', async (t) => {
  const before = getDefaultAutoSelectFamilyAttemptTimeout()
  t.teardown(() => setDefaultAutoSelectFamilyAttemptTimeout(before))
  allowSlowAddresses()
  t.equal(getDefaultAutoSelectFamilyAttemptTimeout(), 2_000)
})
