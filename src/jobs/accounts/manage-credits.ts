/** Credits for clients: read the balance, read the ledger and, with an admin key, grant. */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import { toUuid } from '../../domain/ids.ts'
import type { Grant, LedgerEntry } from '../../domain/money/ledger-entry.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CreditStore } from '../../ports/credits.ts'
import type { Page } from '../../ports/page.ts'

export interface CreditsDeps {
  credits: CreditStore
  clock: Clock
}

export interface WantedAccount {
  userId?: string
  /** Another client's: for admins only. */
  clientId?: string
}

export interface GrantRequest extends WantedAccount {
  amountMicros: number
  reason: string
}

export type Credits = ReturnType<typeof createCredits>

export function createCredits({ credits, clock }: CreditsDeps) {
  return {
    /** The account that is charged for the jobs of this client or user. */
    async balance(client: Client, wanted: WantedAccount) {
      const { balanceMicros, reservedMicros, owedMicros, userId } = await credits.account(
        ownerOf(client, wanted),
      )
      return {
        balanceMicros,
        reservedMicros,
        availableMicros: balanceMicros - reservedMicros,
        owedMicros,
        currency: 'USD',
        userId,
      }
    },

    /** Its entries, newest first. */
    async statement(
      client: Client,
      wanted: WantedAccount,
      page: { limit: number; cursor: string | null },
    ): Promise<Page<ReturnType<typeof viewEntry>>> {
      const { data, nextCursor } = await credits.entries(ownerOf(client, wanted), page)
      return { data: data.map(viewEntry), nextCursor }
    },

    /** @throws AppError FORBIDDEN, INVALID_PARAMS (no such client), IDEMPOTENCY_KEY_REUSED. */
    async grant(client: Client, request: GrantRequest, key: string | null) {
      const { amountMicros, reason } = request
      const grant: Grant = {
        ...ownerOf(client, request),
        amountMicros,
        reason,
        grantedBy: client.clientId,
        key,
      }
      const answer = await credits.grant(grant, clock.now())
      if (answer.type === 'no_client') throw noClient()
      if (answer.type === 'key_reused') {
        throw new AppError(
          'IDEMPOTENCY_KEY_REUSED',
          'This Idempotency-Key was used before for another grant. Use a new key for a new grant.',
        )
      }
      return { entry: viewEntry(answer.entry), replayed: answer.type === 'replayed' }
    },
  }
}

function ownerOf(client: Client, { clientId, userId }: WantedAccount) {
  if (clientId !== undefined && clientId !== client.clientId && !client.scopes.includes('admin')) {
    throw new AppError('FORBIDDEN', 'Only an admin key may name another client.')
  }
  if (clientId !== undefined && toUuid('cli', clientId) === null) throw noClient()
  return { clientId: clientId ?? client.clientId, userId: userId ?? null }
}

function viewEntry(entry: LedgerEntry) {
  return {
    id: entry.id,
    seq: entry.seq,
    type: entry.type,
    amountMicros: entry.balanceChange,
    reservedChangeMicros: entry.reservedChange,
    balanceMicros: entry.balanceAfter,
    reservedMicros: entry.reservedAfter,
    owedChangeMicros: entry.owedChange,
    owedMicros: entry.owedAfter,
    jobId: entry.jobId,
    reason: entry.reason,
    createdAt: new Date(entry.createdAt).toISOString(),
  }
}

function noClient(): AppError {
  const message = 'The client does not exist.'
  return new AppError('INVALID_PARAMS', message, {
    errors: [{ pointer: '/clientId', message, code: 'unknown_client' }],
  })
}
