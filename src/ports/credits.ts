/** The port of credit accounts and their ledger; reservations and charges of jobs belong to the job store. */
import type { Account, AccountOwner, Grant, LedgerEntry } from '../domain/money/ledger-entry.ts'
import type { Page } from './page.ts'

export type GrantAnswer =
  | { type: 'granted'; entry: LedgerEntry }
  /** The same key was used before with the same grant: nothing was added. */
  | { type: 'replayed'; entry: LedgerEntry }
  | { type: 'key_reused' }
  | { type: 'no_client' }

export interface CreditStore {
  /** The account that pays for jobs of this owner: the user's own, else the client's (`userId` null); empty when there is none. */
  account(owner: AccountOwner): Promise<Account>
  /** Its entries, newest first. */
  entries(owner: AccountOwner, page: { limit: number; cursor: string | null }): Promise<Page<LedgerEntry>>
  /** Adds credit, opening the account when it is the first. `now` in epoch milliseconds. */
  grant(grant: Grant, now: number): Promise<GrantAnswer>
}
