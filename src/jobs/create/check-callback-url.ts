/** Refuses, with reason and pointer, a callback URL that could never be called. */
import { AppError } from '../../domain/errors.ts'

/** What is wrong with a callback URL, as a sentence for the client; null when nothing is. */
export type CheckCallbackUrl = (url: string) => string | null

/** @throws AppError INVALID_PARAMS that points at the field. */
export function refuseBadUrl(checkUrl: CheckCallbackUrl, url: string, pointer: string): void {
  const message = checkUrl(url)
  if (message === null) return
  throw new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code: 'callback_url' }] })
}
