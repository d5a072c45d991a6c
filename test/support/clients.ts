/** Further clients of a running service, each with a key of its own. */
import { v7 as newUuid } from 'uuid'
import type { KeyLimits } from '../../src/domain/key-limits.ts'
import { hashOfKey } from '../../src/infra/postgres/clients/key-store.ts'
import type { Scope } from '../../src/ports/keys.ts'
import type { Answer, Bench } from './service.ts'

export interface TestClient {
  clientId: string
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

/** A new client with one key of these scopes and limits. */
export async function clientWith(
  bench: Bench,
  { scopes, limits = {} }: { scopes: Scope[]; limits?: KeyLimits },
): Promise<TestClient> {
  const { db } = bench.service.services.store
  const id = newUuid()
  const secret = `test-${newUuid()}`
  await db.insertInto('client').values({ id, name: 'tenant' }).execute()
  await db
    .insertInto('api_key')
    .values({
      id: newUuid(),
      client_id: id,
      name: 'tenant',
      hash: hashOfKey(secret),
      prefix: secret.slice(0, 6),
      scopes,
      limits: JSON.stringify(limits),
    })
    .execute()
  return {
    clientId: `cli_${id}`,
    call: (method, path, body, headers) =>
      bench.call(method, path, body, { authorization: `Bearer ${secret}`, ...headers }),
  }
}
