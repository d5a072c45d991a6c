/** Every fault by name: where it strikes, how often for one request, and what it does; the docs table is checked against it. */

export interface FaultEntry {
  readonly where: 'submit' | 'poll' | 'outcome' | 'webhook' | 'cancel' | 'cdn'
  /** Strikes for one request (for `submit`: for one input); `Infinity` = always. */
  readonly repeat: number
  /** A client that follows FAL's rules survives it, so the random mode may use it. */
  readonly survivable: boolean
  readonly does: string
  /** Meaning and default of `=value`. */
  readonly value?: { readonly means: string; readonly otherwise: number | string }
}

const always = Number.POSITIVE_INFINITY

const faultCatalogue = {
  'submit-cut-before': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'cuts the connection; nothing is accepted',
  },
  'submit-cut-after': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'accepts (and bills) the request, then cuts the connection',
  },
  'submit-429': { where: 'submit', repeat: 1, survivable: true, does: 'answers 429; nothing is accepted' },
  'submit-503': { where: 'submit', repeat: 1, survivable: true, does: 'answers 503; nothing is accepted' },
  'submit-500': { where: 'submit', repeat: 1, survivable: false, does: 'answers 500; nothing is accepted' },
  'submit-slow': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'accepts, answers late',
    value: { means: 'real seconds', otherwise: 2 },
  },
  'submit-garbage': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'accepts, answers 200 with HTML in place of JSON',
  },
  'submit-no-urls': {
    where: 'submit',
    repeat: always,
    survivable: true,
    does: 'accepts, answers with null URLs',
  },
  'balance-exhausted': {
    where: 'submit',
    repeat: always,
    survivable: false,
    does: 'answers 403 "User is locked. Reason: Exhausted balance."; nothing is accepted',
  },
  'key-revoked': {
    where: 'submit',
    repeat: always,
    survivable: false,
    does: 'answers 401 "No user found for Key ID and Secret"; nothing is accepted',
  },
  'unknown-app': {
    where: 'submit',
    repeat: always,
    survivable: false,
    does: 'answers 404 "Application not found"',
  },

  'status-503': { where: 'poll', repeat: 2, survivable: true, does: 'a status call answers 503' },
  'status-cut': { where: 'poll', repeat: 2, survivable: true, does: 'a status call is cut' },
  'status-slow': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a status call is late',
    value: { means: 'real seconds', otherwise: 2 },
  },
  'status-404': {
    where: 'poll',
    repeat: always,
    survivable: false,
    does: 'status calls on the app-only URL answer 404 "Path /x not found"',
  },
  'status-garbage': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a status call answers 200 with HTML',
  },
  'status-unknown-word': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a status call answers 202 with a status word nobody knows',
  },
  'poll-401': {
    where: 'poll',
    repeat: always,
    survivable: false,
    does: 'status and result calls answer 401: the key was revoked after the submit',
  },
  'result-503': {
    where: 'poll',
    repeat: 2,
    survivable: true,
    does: 'a result call answers 503 from an ingress page, without x-fal-request-id',
  },
  'result-cut': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a result call is cut in the middle of the body',
  },
  'result-expired': {
    where: 'poll',
    repeat: always,
    survivable: false,
    does: 'the result is forgotten at completion; stored payloads stay',
  },
  'logs-legacy': {
    where: 'poll',
    repeat: always,
    survivable: true,
    does: 'log entries carry `labels`, no `level` or `source`',
  },

  'model-error': {
    where: 'outcome',
    repeat: always,
    survivable: false,
    does: 'ends in 500 internal_server_error of the model',
  },
  'content-policy': {
    where: 'outcome',
    repeat: always,
    survivable: false,
    does: 'ends in 422 content_policy_violation',
  },
  'file-download-error': {
    where: 'outcome',
    repeat: always,
    survivable: false,
    does: 'ends in 422 file_download_error',
  },
  'platform-error': {
    where: 'outcome',
    repeat: always,
    survivable: false,
    does: 'ends in a request error of the platform',
    value: { means: 'error_type', otherwise: 'runner_disconnected' },
  },
  'no-media': {
    where: 'outcome',
    repeat: always,
    survivable: false,
    does: 'completes with an output that has no file',
  },
  'no-media-yet': {
    where: 'outcome',
    repeat: 2,
    survivable: true,
    does: 'the webhook and the first result calls lack the files',
  },
  'oversize-result': {
    where: 'outcome',
    repeat: always,
    survivable: true,
    does: 'adds bulk to the output',
    value: { means: 'bytes', otherwise: 20_000 },
  },
  'big-seed': {
    where: 'outcome',
    repeat: always,
    survivable: true,
    does: 'the seed is 17454220438242315174, above 2^53',
  },
  nsfw: { where: 'outcome', repeat: always, survivable: true, does: 'images are black and flagged' },
  'data-uri': {
    where: 'outcome',
    repeat: always,
    survivable: true,
    does: 'files come as data: URIs, as with sync_mode',
  },
  stuck: { where: 'outcome', repeat: always, survivable: false, does: 'never leaves IN_PROGRESS' },
  'stuck-in-queue': { where: 'outcome', repeat: always, survivable: false, does: 'never leaves IN_QUEUE' },
  requeued: {
    where: 'outcome',
    repeat: 1,
    survivable: true,
    does: 'goes back from IN_PROGRESS to IN_QUEUE once, as FAL does when a runner dies',
  },
  slow: {
    where: 'outcome',
    repeat: always,
    survivable: true,
    does: 'takes longer',
    value: { means: 'simulated seconds', otherwise: 120 },
  },

  'webhook-duplicate': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'a delivered webhook is sent again',
    value: { means: 'extra copies', otherwise: 2 },
  },
  'webhook-early': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'the request completes and its webhook is sent before the submit answer',
  },
  'webhook-late': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'the webhook comes late',
    value: { means: 'simulated seconds', otherwise: 120 },
  },
  'webhook-out-of-order': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: "the webhook is held until another request's webhook was sent",
  },
  'webhook-lost': { where: 'webhook', repeat: always, survivable: true, does: 'no webhook is ever sent' },
  'webhook-bad-signature': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'the next attempts are signed by a key nobody published',
  },
  'webhook-old-timestamp': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'the next attempts are signed 10 minutes in the past',
  },
  'webhook-rotated-key': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'a new signing key is published beside the old one and used from then on',
  },
  'webhook-foreign-account': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'a validly signed webhook of another account is sent first',
  },
  'webhook-null-payload': {
    where: 'webhook',
    repeat: always,
    survivable: true,
    does: '`OK` with `payload: null` and `payload_error`',
  },
  'webhook-generic-error': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: '`ERROR` without payload is sent while the request still runs; it completes later',
  },
  'webhook-seed-style': {
    where: 'webhook',
    repeat: always,
    survivable: true,
    does: '`IN_PROGRESS`, then `COMPLETED` or `FAILED`, the output under another name',
    value: { means: 'payload, data, output, response or top', otherwise: 'data' },
  },
  'webhook-not-json': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'a validly signed body that is not JSON is sent first',
  },
  'jwks-down': {
    where: 'webhook',
    repeat: 1,
    survivable: true,
    does: 'a new key signs, and the key set answers 503 from the first attempt on',
    value: { means: 'real seconds', otherwise: 1 },
  },

  'cancel-ignored': {
    where: 'cancel',
    repeat: always,
    survivable: true,
    does: 'the app ignores the cancel and completes',
  },
  'cancel-too-late': {
    where: 'cancel',
    repeat: always,
    survivable: true,
    does: 'the request completes just before the cancel: 400 ALREADY_COMPLETED',
  },
  'cancel-503': { where: 'cancel', repeat: 1, survivable: true, does: 'the cancel answers 503' },
  'cancel-success-shape': {
    where: 'cancel',
    repeat: always,
    survivable: true,
    does: 'the cancel answers 200 {"success":true}, the oldest documented form',
  },

  'cdn-403': { where: 'cdn', repeat: always, survivable: false, does: 'the file is restricted' },
  'cdn-404': { where: 'cdn', repeat: always, survivable: false, does: 'the file is gone' },
  'cdn-503': { where: 'cdn', repeat: 1, survivable: true, does: 'a read answers 503' },
  'cdn-slow': {
    where: 'cdn',
    repeat: 1,
    survivable: true,
    does: 'a read trickles',
    value: { means: 'real seconds', otherwise: 2 },
  },
  'cdn-cut': {
    where: 'cdn',
    repeat: 1,
    survivable: true,
    does: 'a read is cut before Content-Length is reached',
  },
  'cdn-truncated': {
    where: 'cdn',
    repeat: 1,
    survivable: true,
    does: 'a read lacks the last kilobyte without an error: no Content-Length, a clean end',
  },
  'cdn-wrong-length': {
    where: 'cdn',
    repeat: 1,
    survivable: true,
    does: 'Content-Length and body agree, but are short of the file',
  },
  'cdn-wrong-type': { where: 'cdn', repeat: always, survivable: true, does: 'Content-Type is text/html' },
  'cdn-html': {
    where: 'cdn',
    repeat: 1,
    survivable: false,
    does: 'a read answers 200 with an HTML error page',
  },
  'cdn-empty': { where: 'cdn', repeat: 1, survivable: true, does: 'a read answers 200 without a byte' },
  'cdn-redirect': {
    where: 'cdn',
    repeat: always,
    survivable: true,
    does: 'the file answers 302 to its v3b address',
  },
  'cdn-redirect-loop': {
    where: 'cdn',
    repeat: always,
    survivable: false,
    does: 'the file answers 302 to itself',
  },
  'cdn-redirect-private': {
    where: 'cdn',
    repeat: always,
    survivable: false,
    does: 'the file answers 302 to a private address',
    value: { means: 'the target', otherwise: 'http://169.254.169.254/latest/meta-data/' },
  },
  'cdn-no-length': { where: 'cdn', repeat: always, survivable: true, does: 'no Content-Length: chunked' },
} as const satisfies Record<string, FaultEntry>

export type FaultName = keyof typeof faultCatalogue

export const faultNames = Object.keys(faultCatalogue).filter(isFaultName)

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultCatalogue, name)
}

export function faultEntry(name: FaultName): FaultEntry {
  return faultCatalogue[name]
}
