/**
 * One exchange with FAL that goes to FAL's backup host, once, when the main host could not be connected to. Invariant:
 * nothing is sent twice, so that a submit may use it.
 */
import { backupUrl } from '../../domain/fal-hosts.ts'
import type { Logger } from '../../ports/logger.ts'
import { type Exchanged, type ExchangeOptions, exchange } from '../outbound/exchange.ts'

/** Failures of the name look-up and of connecting; a bad certificate is none of them, since it may be an attack. */
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

const isUnreachable = (exchanged: Exchanged): boolean =>
  exchanged.type === 'trouble' && !exchanged.sent && unreachable.has(exchanged.code)

export async function exchangeWithBackup(options: ExchangeOptions, log: Logger): Promise<Exchanged> {
  const exchanged = await exchange(options)
  if (exchanged.type === 'answer' || !isUnreachable(exchanged)) return exchanged
  const url = backupUrl(options.url)
  if (url === null) return exchanged
  const { host } = new URL(url)
  log.warn({ code: exchanged.code, host }, 'FAL could not be connected to; its backup host is used')
  const second = await exchange({ ...options, url })
  // Where neither can be reached, the main host's trouble is the one to report.
  return isUnreachable(second) ? exchanged : second
}
