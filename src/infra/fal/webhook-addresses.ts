/**
 * The addresses that FAL sends its webhooks from, as its Platform API names them. They prove nothing: they only decide
 * whose bodies are read first when there are too many, so an unknown list is an empty one.
 */
import { BlockList, isIP } from 'node:net'
import type { Dispatcher } from 'undici'
import { createIntervalLoop } from '../../concurrency/interval-loop.ts'
import { tryParseExact } from '../../domain/exact-json.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { Logger } from '../../ports/logger.ts'
import { exchange } from '../outbound/exchange.ts'
import { trimmed } from './queue-urls.ts'

export interface WebhookAddresses {
  has(address: string): boolean
  start(): void
  stop(): Promise<void>
}

const refreshEveryMs = 6 * 3_600_000
const timeoutMs = 10_000
const maxBytes = 64 * 1024
const mostRanges = 1_000

export function createWebhookAddresses(options: {
  platformBase: string
  log: Pick<Logger, 'warn'>
  dispatcher: Dispatcher
}): WebhookAddresses {
  let ranges = new BlockList()
  const loop = createIntervalLoop({
    everyMs: refreshEveryMs,
    atStart: true,
    log: options.log,
    failed: "FAL's webhook addresses could not be read",
    async runOnce(signal) {
      ranges = await fetchRanges(options, signal)
    },
  })
  return {
    has(address) {
      const family = isIP(address)
      return family !== 0 && ranges.check(address, family === 6 ? 'ipv6' : 'ipv4')
    },
    start: loop.start,
    stop: loop.stop,
  }
}

async function fetchRanges(
  { platformBase, dispatcher }: { platformBase: string; dispatcher: Dispatcher },
  signal: AbortSignal,
): Promise<BlockList> {
  const answer = await exchange({
    dispatcher,
    method: 'GET',
    url: `${trimmed(platformBase)}/meta`,
    headers: { accept: 'application/json' },
    timeoutMs,
    maxBytes,
    signal,
  })
  if (answer.type === 'trouble') throw new Error(`no answer (${answer.code})`)
  const body = answer.httpStatus === 200 ? tryParseExact(answer.text) : undefined
  if (!isRecord(body) || !Array.isArray(body.webhook_ip_ranges))
    throw new Error(`FAL answered ${answer.httpStatus} without a list of addresses`)
  const list = new BlockList()
  for (const text of body.webhook_ip_ranges.slice(0, mostRanges)) addRange(list, text)
  return list
}

/** Skips what is no range. */
function addRange(list: BlockList, text: unknown): void {
  const [, network = '', bits = ''] =
    typeof text === 'string' ? (/^([0-9a-f.:]{2,45})\/(\d{1,3})$/i.exec(text) ?? []) : []
  const family = isIP(network)
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) return
  list.addSubnet(network, Number(bits), family === 6 ? 'ipv6' : 'ipv4')
}
