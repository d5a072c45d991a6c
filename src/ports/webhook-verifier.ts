/** What believing a webhook needs from outside: the verdict on its signature. */

export type WebhookVerdict =
  | { type: 'verified'; requestId: string; falUserId: string; timestamp: number }
  | { type: 'rejected'; reason: string }
  /** No key set can be had: FAL should try again. */
  | { type: 'no_keys'; reason: string }

type Headers = Record<string, string | string[] | undefined>

export interface WebhookVerifier {
  /** What the headers alone show: why the delivery cannot be FAL's, or whose account it names. */
  readHeaders(headers: Headers): { rejected: string } | { falUserId: string }
  /** Header names in lower case; the body exactly as it arrived. */
  verify(headers: Headers, body: Buffer): Promise<WebhookVerdict>
}
