/** Keys, billing and file signing of the Platform API, as far as a service in front of FAL uses them. */

import { addressOf, jsonBodyOf, sendJson } from '../base/http-call.ts'
import { isObject } from '../base/json.ts'
import { costUsd, totalUsd } from '../world/ledger.ts'
import type { World } from '../world/world.ts'
import { listBody, pageOf } from './paging.ts'
import { type PlatformCall, sendPlatformError } from './platform-errors.ts'

export interface AccountCalls {
  readonly listKeys: PlatformCall
  readonly createKey: PlatformCall
  readonly deleteKey: PlatformCall
  readonly billingEvents: PlatformCall
  readonly balance: PlatformCall
  readonly signFile: PlatformCall
}

const startingBalance = 100
const longestSignedSeconds = 604_800

export function createAccountCalls(world: World): AccountCalls {
  const created: { key_id: string; alias: string; scope: string; created_at: string }[] = []
  const shown = () => world.ledger.filter(({ shownFrom }) => shownFrom <= world.clock.now())

  return {
    listKeys(call, reply) {
      const page = pageOf(created, addressOf(call).query, { otherwise: 50, max: 100 })
      if (!page) return sendPlatformError(reply, 400, 'limit or cursor is not valid')
      return sendJson(reply, 200, listBody('keys', { ...page, items: page.items.map((key) => ({ ...key })) }))
    },
    createKey(call, reply) {
      const body = jsonBodyOf(call)
      const alias = isObject(body) ? body.alias : undefined
      if (typeof alias !== 'string' || alias.length < 1 || alias.length > 255) {
        return sendPlatformError(reply, 400, 'alias must have 1 to 255 characters')
      }
      const [id, secret] = [world.random.uuid(), world.random.hex(32)]
      created.push({ key_id: id, alias, scope: 'API', created_at: new Date().toISOString() })
      return sendJson(reply, 201, { key_id: id, key_secret: secret, key: `${id}:${secret}` })
    },
    deleteKey(call, reply) {
      const id = addressOf(call).path.split('/').pop()
      const at = created.findIndex((key) => key.key_id === id)
      if (at >= 0) created.splice(at, 1)
      return reply.code(204).send()
    },
    billingEvents(call, reply) {
      const { query } = addressOf(call)
      const requestIds = query.getAll('request_id')
      const wanted = shown().filter(
        ({ requestId }) => requestIds.length === 0 || requestIds.includes(requestId),
      )
      const page = pageOf(wanted, query, { otherwise: 100, max: 10_000 })
      if (!page) return sendPlatformError(reply, 400, 'limit or cursor is not valid')
      const items = page.items.map((entry) => ({
        request_id: entry.requestId,
        endpoint_id: entry.endpointId,
        timestamp: entry.at.toISOString(),
        output_units: entry.units,
        unit_price: entry.unitPriceUsd,
        percent_discount: null,
        cost_subtotal: costUsd(entry),
        cost_discount: 0,
        cost_total: costUsd(entry),
        cost_estimate_nano_usd: Math.round(costUsd(entry) * 1e9),
      }))
      return sendJson(reply, 200, listBody('billing_events', { ...page, items }))
    },
    balance(_call, reply) {
      const balance = Math.round((startingBalance - totalUsd(shown())) * 1e6) / 1e6
      const credits = { current_balance: balance, currency: 'USD' }
      return sendJson(reply, 200, { username: world.access.userId, credits })
    },
    signFile(call, reply) {
      const url = addressOf(call).query.get('url')
      if (!url || !URL.canParse(url)) return sendPlatformError(reply, 400, 'url is required')
      const body = jsonBodyOf(call)
      const seconds = isObject(body) ? Number(body.expiration_seconds) : Number.NaN
      if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestSignedSeconds)
        return sendPlatformError(reply, 400, `expiration_seconds must be 1 to ${longestSignedSeconds}`)
      const signed = new URL(url)
      const path = decodeURIComponent(signed.pathname.slice(signed.pathname.indexOf('/files/')))
      signed.searchParams.set('identity', world.fileAccess.sign(path, seconds))
      return sendJson(reply, 200, { signed_url: signed.href })
    },
  }
}
