/** Creates a batch of jobs with limited concurrency; each item is accepted or refused on its own. */
import { createHash } from 'node:crypto'
import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import type { CreateJob, CreateResult } from './create-job.ts'
import type { CreateRequest } from './create-request.ts'

export type BatchResult = CreateResult | { type: 'failed'; error: unknown }

/** Answers in the order of `items`; an item that is an error already is answered with it. Never rejects. */
export type CreateBatch = (
  client: Client,
  items: readonly (CreateRequest | AppError)[],
  options: { idempotencyKey: string | null },
) => Promise<BatchResult[]>

/** Bounds the connections that one batch may use. */
const atOnce = 4

export function makeCreateBatch({ createJob }: { createJob: CreateJob }): CreateBatch {
  return async function createBatch(client, items, { idempotencyKey }) {
    const results: BatchResult[] = []
    let next = 0
    const lane = async () => {
      for (let index = next++; index < items.length; index = next++) {
        const item = items[index]
        if (item === undefined) continue
        const key = idempotencyKey === null ? null : keyOfItem(idempotencyKey, index)
        results[index] =
          item instanceof AppError
            ? { type: 'failed', error: item }
            : await createJob(client, item, { idempotencyKey: key }).catch((error: unknown) => ({
                type: 'failed' as const,
                error,
              }))
      }
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
    return results
  }
}

/** Has a fixed length whatever the length of the key, and cannot collide with the key of a single create. */
function keyOfItem(key: string, index: number): string {
  return `batch:${createHash('sha256').update(key).digest('base64url')}:${index}`
}
