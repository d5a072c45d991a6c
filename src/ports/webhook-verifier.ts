/** What believing a webhook needs from outside: the verdict on its signature. */

export type WebhookVerdict =
  | { type: 'verified'; requestId: string; falUserId: string; timestamp: number }
  | { type: 'rejected'; reason: string }
  /** No key set can be had: FAL should try again. */
  | { type: 'no_keys'; reason: string }

export interface WebhookVerifier {
  /** Header names in lower case; the body exactly as it arrived. */
  verify(headers: Record<string, string | string[] | undefined>, body: Buffer): Promise<WebhookVerdict>
}
