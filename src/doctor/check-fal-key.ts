/** Tries one FAL key with a read that costs nothing: a price of the Platform API. Reports FAL's answer. */
import { Agent, buildConnector } from 'undici'
import { authorization } from '../infra/fal/key-ring.ts'
import { exchange } from '../infra/outbound/exchange.ts'
import { type OutgoingProxy, viaProxy } from '../infra/outbound/proxy-tunnel.ts'

export interface KeyCheck {
  /** null: FAL could not be reached. */
  httpStatus: number | null
  /** Set when there was no answer: a network or TLS code. */
  trouble: string | null
  /** FAL's clock minus ours, in milliseconds, to the second; null when FAL did not say. */
  clockAheadMs: number | null
}

const timeoutMs = 10_000

/** Never throws for what the network does. `platformBase`: with or without its version. */
export async function checkFalKey(options: {
  key: string
  platformBase: string
  proxy: OutgoingProxy
}): Promise<KeyCheck> {
  const base = options.platformBase.replace(/\/+$/, '').replace(/\/v1$/, '')
  const direct = buildConnector({ timeout: timeoutMs })
  const dispatcher = new Agent({ connect: viaProxy(options.proxy, direct, timeoutMs) })
  try {
    const answer = await exchange({
      dispatcher,
      method: 'GET',
      url: `${base}/v1/models/pricing?endpoint_id=${encodeURIComponent('fal-ai/flux/schnell')}`,
      headers: { authorization: authorization(options.key), accept: 'application/json' },
      timeoutMs,
      maxBytes: 1024 * 1024,
    })
    const theirs = Date.parse(answer.headers.date ?? '')
    return {
      httpStatus: answer.httpStatus,
      trouble: answer.type === 'trouble' ? answer.code : null,
      clockAheadMs: Number.isNaN(theirs) ? null : theirs - Math.floor(Date.now() / 1000) * 1000,
    }
  } finally {
    await dispatcher.close()
  }
}
