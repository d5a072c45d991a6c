/** The judgement of a signed webhook as a table: account, request and job against what becomes of it. */
import t from 'tap'
import { isBelieved, isBodyKept, judgeDelivery } from '../../src/domain/delivery.ts'
import type { Fact } from '../../src/domain/facts.ts'
import type { Job } from '../../src/domain/job.ts'
import { facts, request, states } from './sample-job.ts'

const said: Fact[] = [facts.completed]

/** `pinned`: the account was checked against the configured one. The delivery is FAL account `ours`, request `request`. */
interface Row {
  pinned?: boolean
  account: 'none' | 'ours' | 'other'
  job: 'none' | 'unsent' | 'owner' | 'of_another_request'
  says: 'something' | 'nothing'
  becomes: string
}

const table: Row[] = [
  { account: 'none', job: 'none', says: 'something', becomes: 'unmatched' },
  { account: 'none', job: 'unsent', says: 'something', becomes: 'new_account' },
  { account: 'none', job: 'owner', says: 'nothing', becomes: 'new_account' },
  { account: 'ours', job: 'none', says: 'something', becomes: 'unmatched' },
  { account: 'ours', job: 'unsent', says: 'something', becomes: 'settles' },
  { account: 'ours', job: 'owner', says: 'something', becomes: 'settles' },
  { account: 'ours', job: 'owner', says: 'nothing', becomes: 'settles' },
  { account: 'ours', job: 'of_another_request', says: 'something', becomes: 'settles' },
  { account: 'ours', job: 'of_another_request', says: 'nothing', becomes: 'unmatched of it' },
  { account: 'other', job: 'none', says: 'something', becomes: 'foreign' },
  { account: 'other', job: 'owner', says: 'something', becomes: 'foreign' },
  { pinned: true, account: 'none', job: 'none', says: 'something', becomes: 'new_account overruling' },
  { pinned: true, account: 'other', job: 'owner', says: 'something', becomes: 'new_account overruling' },
  { pinned: true, account: 'ours', job: 'owner', says: 'something', becomes: 'settles' },
  { pinned: true, account: 'ours', job: 'none', says: 'something', becomes: 'unmatched' },
]

const jobs: Record<Row['job'], Job | null> = {
  none: null,
  unsent: states.sending,
  owner: states.running,
  of_another_request: { ...states.running, requestId: 'another' },
}
const accounts = { none: null, ours: 'ours', other: 'other' }

for (const { pinned = false, account, job, says, becomes } of table) {
  const given = `${pinned ? 'a configured account, ' : ''}account ${account}, job ${job}, it says ${says}`
  t.test(`${given}: ${becomes}`, async (t) => {
    const decided: Job[] = []
    const judged = judgeDelivery(
      { requestId: request.requestId, falUserId: 'ours', accountIsPinned: pinned },
      {
        job: jobs[job],
        account: accounts[account],
        decide(job) {
          decided.push(job)
          return says === 'something' ? said : []
        },
      },
    )
    const about =
      judged.type === 'unmatched' && judged.job !== null
        ? ' of it'
        : judged.type === 'new_account' && judged.overruling
          ? ' overruling'
          : ''
    t.equal(`${judged.type}${about}`, becomes)
    if (judged.type === 'settles')
      t.strictSame(judged, { type: 'settles', job: jobs[job], facts: says === 'something' ? said : [] })
    if (judged.type === 'new_account') t.equal(judged.falUserId, 'ours')
    if (judged.type === 'foreign') t.strictSame(decided, [], 'nothing of it is even looked at')
  })
}

t.test('before an account is known every one is believed, then that one alone', async (t) => {
  t.ok(isBelieved('ours', null))
  t.ok(isBelieved('ours', 'ours'))
  t.notOk(isBelieved('other', 'ours'))
})

t.test('the body of a delivery is kept unless its job was erased', async (t) => {
  t.ok(isBodyKept(null))
  t.ok(isBodyKept(states.completed))
  t.notOk(isBodyKept({ ...states.completed, erasedAt: 1 }))
})
