/**
 * Who sends a webhook, as far as its address shows: FAL, another public address, or a proxy in front of the service,
 * behind which all senders look alike.
 */

import { networkOf } from '../access/network-of.ts'
import type { BodySender } from './body-reader.ts'

export interface WebhookSenderDeps {
  isPublic: (address: string) => boolean
  /** Whether FAL names the address as one of its own. */
  isFal: (address: string) => boolean
}

export function makeWebhookSenderOf({ isPublic, isFal }: WebhookSenderDeps): (address: string) => BodySender {
  return function webhookSenderOf(address) {
    if (isFal(address) || !isPublic(address)) return { share: null, isKnown: true }
    return { share: networkOf(address), isKnown: false }
  }
}
