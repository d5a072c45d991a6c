/** Shared by the job routes: the id in the path, paging, and a job as an answer. */
import { Type } from '@sinclair/typebox'
import { idempotencyKey } from './basic-schemas.ts'

export const jobParams = Type.Object({
  id: Type.String({ maxLength: 100, description: 'The id of the job.' }),
})

export const aJob = (description: string) => Type.Unsafe<object>({ $ref: 'Job#', description })

export const idempotencyHeaders = {
  'idempotency-key': idempotencyKey(
    'The same key with the same request gives the same answer, and never pays twice. Kept 24 hours at least.',
  ),
}

/** A job that was just made, with its place. */
export const createdJob = (description: string) => ({
  description,
  headers: {
    location: { type: 'string', description: 'The URL of the job.' },
    'idempotency-replayed': { type: 'string', description: '`true` for a replayed answer.' },
    'preference-applied': { type: 'string', description: '`wait=N` when the answer waited for it.' },
  },
  content: { 'application/json': { schema: aJob('The job.') } },
})

/** Longest wait for a final state, in seconds. */
export const mostWaitSeconds = 60
