/** The doctor's webhook check: one unsigned call through the public address, which must arrive unchanged. */
import { createHash, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { type CheckResult, fail, ok, warn } from './check-result.ts'

/** Bytes that a proxy which rewrites JSON would change. */
const body = Buffer.from('{ "probe" : 1.0,\r\n\t"text":"ü \\u00fc"  }\n')
const timeoutMs = 10_000
/** FAL gives up after 15 s. */
const slowMs = 3_000

/** `appUrl`: the public base URL; `path`: the webhook path given to FAL. */
export async function checkWebhookPath(appUrl: string | null, path: string): Promise<CheckResult> {
  if (appUrl === null) {
    return {
      status: 'warning',
      detail: 'APP_URL is not set: FAL is not asked to call, and polling alone finishes jobs',
      remedy: 'Set APP_URL to the public https address of this service.',
    }
  }
  const search = `?job=${randomUUID()}&token=a%2Bb`
  const url = `${appUrl}${path}${search}`
  const begun = performance.now()
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'x-fal-jobs-probe': '1' },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.arrayBuffer()
  } catch (error) {
    return fail(
      `${appUrl} cannot be reached: ${reasonOf(error)}`,
      'Start the service, and check DNS, the certificate and the firewall on the way to it.',
    )
  }
  const ms = performance.now() - begun
  const found = judge(response, search, appUrl)
  if (found !== null) return found
  if (ms > slowMs)
    return warn(`it works, but took ${Math.round(ms)} ms`, 'FAL gives up after 15 s: find what is slow.')
  return (await reachableForFal(appUrl)) ?? ok(`${url.split('?')[0]} reaches this service unchanged`)
}

function judge(response: Response, search: string, appUrl: string): CheckResult | null {
  const { status, headers } = response
  if (status >= 300 && status < 400) {
    return fail(
      `it redirects to ${headers.get('location') ?? 'somewhere'}`,
      'FAL takes any redirect for a permanent failure: set APP_URL to the final address (https, right host).',
    )
  }
  const seen = headers.get('x-fal-jobs-probe')
  if (seen === null && [502, 503, 504].includes(status)) {
    return fail(
      `a proxy answers there (${status}), but reaches no replica`,
      'Start the service, or look at the addresses that the proxy passes on to; some proxies, as nginx for 10 s, remember one that was down.',
    )
  }
  if (seen === null) {
    return fail(
      `something else answers there (${status})`,
      'Route the path of FAL_WEBHOOK_PATH to this service, without login, bot check or rewriting in front of it.',
    )
  }
  if (status !== 401 && status !== 503)
    return fail(`an unsigned webhook was answered ${status} instead of 401`, 'Update this service.')
  const expected = createHash('sha256').update(`${search}\n`).update(body).digest('hex')
  if (seen !== expected) {
    return fail(
      'the body or the query arrives changed',
      'Turn off body rewriting (WAF, JSON normalizing) on the way: FAL signs the exact bytes.',
    )
  }
  const theirs = Date.parse(headers.get('date') ?? '')
  const offMs = Math.abs(theirs - Date.now())
  if (offMs > 60_000)
    return warn(`clocks on the way differ by ${Math.round(offMs / 1000)} s`, 'Set them by NTP.')
  if (appUrl.startsWith('http://') && !isLoopback(new URL(appUrl).hostname))
    return warn('APP_URL is plain http', 'Use https: the webhook URL carries a secret token.')
  return null
}

/** FAL drops webhooks to private addresses without a word. */
async function reachableForFal(appUrl: string): Promise<CheckResult | null> {
  const { hostname } = new URL(appUrl)
  const { address } = await lookup(hostname.replace(/^\[|\]$/g, ''))
  const range = ipaddr.process(address).range()
  if (range === 'unicast') return null
  return warn(
    `it works from here, but ${hostname} is a ${range} address (${address})`,
    'FAL reaches public addresses only; with a simulator this is as it should be.',
  )
}

const isLoopback = (host: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(host)

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
