/** Which callbacks a client is owed, and what they say. */
import t from 'tap'
import { callbackMessages } from '../../../src/domain/callbacks/callback-message.ts'
import type { CallbackType } from '../../../src/domain/job.ts'
import { context, states } from '../sample-job.ts'

const url = 'https://receiver.example/hook'
const dataOf = () => ({ shown: true })
const typesOf = (events: CallbackType[] | null, types: CallbackType[]) =>
  callbackMessages(
    { ...states.completed, callbackUrl: url, callbackEvents: events },
    types,
    context.now,
    dataOf,
  ).map(({ type }) => type)

t.test('without a choice a client is told of ends and of the archive, not of the start', async (t) => {
  t.strictSame(typesOf(null, ['job.running', 'job.completed']), ['job.completed'])
  t.strictSame(typesOf(null, ['job.archived']), ['job.archived'])
})

t.test('a choice is kept to, also that of nothing', async (t) => {
  t.strictSame(typesOf(['job.running'], ['job.running', 'job.completed']), ['job.running'])
  t.strictSame(typesOf([], ['job.completed']), [])
})

t.test('the payload is the type, the time of the change, and the job as it is shown then', async (t) => {
  const job = { ...states.completed, callbackUrl: url }
  t.strictSame(callbackMessages(job, ['job.completed'], context.now, dataOf), [
    {
      type: 'job.completed',
      url,
      payload: `{"type":"job.completed","timestamp":"${new Date(context.now).toISOString()}","data":{"shown":true}}`,
    },
  ])
})

t.test('a job without a URL is not even looked at', async (t) => {
  const never = () => t.fail('asked for the data of a callback that nobody gets')
  t.strictSame(callbackMessages(states.completed, ['job.completed'], context.now, never), [])
})
