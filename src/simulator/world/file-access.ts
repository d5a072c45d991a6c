/**
 * Decides who may read a restricted file: the account by its tokens, a result's reader by that result's token, and
 * holders of a signed URL.
 */

import { createHash } from 'node:crypto'
import type { SimulatorClock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { StoredFile } from './file-store.ts'

export interface FileAccess {
  /** Checks a token of the account, which may upload and read every file. */
  accountToken(): string
  /** `read:request_id:<id>`: the token of a result may read the files of its request only. */
  resultToken(requestId: string): string
  /** The value of `identity` in a signed URL. */
  sign(path: string, seconds: number): string
  mayUpload(authorization: string | undefined): boolean
  mayRead(
    file: StoredFile,
    by: { readonly authorization: string | undefined; readonly identity: string | null },
  ): boolean
  clear(): void
}

export function createFileAccess(clock: SimulatorClock, random: Random): FileAccess {
  const accountTokens = new Set<string>()
  const resultSecret = random.hex(32)
  const signed = new Map<string, { readonly path: string; readonly until: number }>()
  const resultToken = (requestId: string) =>
    `cdn-${createHash('sha256').update(`${resultSecret} ${requestId}`).digest('hex').slice(0, 32)}`
  const tokenOf = (authorization = '') => /^Bearer (\S+)$/.exec(authorization)?.[1] ?? ''

  return {
    resultToken,
    accountToken() {
      const token = `cdn-${random.hex(32)}`
      accountTokens.add(token)
      return token
    },
    sign(path, seconds) {
      const identity = random.hex(32)
      signed.set(identity, { path, until: clock.now() + seconds * 1000 })
      return identity
    },
    mayUpload: (authorization) => accountTokens.has(tokenOf(authorization)),
    mayRead(file, { authorization, identity }) {
      const token = tokenOf(authorization)
      if (accountTokens.has(token)) return true
      if (file.requestId !== undefined && token === resultToken(file.requestId)) return true
      const permit = signed.get(identity ?? '')
      return permit !== undefined && permit.path === file.path && clock.now() < permit.until
    },
    clear() {
      accountTokens.clear()
      signed.clear()
    },
  }
}
