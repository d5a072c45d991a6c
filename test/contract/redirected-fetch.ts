/**
 * Leads the official client to a simulator by its `fetch` setting, and refuses on the way what its coming version refuses:
 * a key must go to no other host than FAL's own (github.com/fal-ai/fal-js pull request 221).
 */

const falHosts = /^([\w-]+\.)*fal\.(ai|run)$/

/** The same check for a client with a proxy: its own origin is allowed, too, and a target must be FAL's. */
export function checkedProxyFetch(proxyOrigin: string): typeof fetch {
  return async (input, options) => {
    const { origin } = new URL(String(input))
    const target = new Headers(options?.headers).get('x-fal-target-url')
    const { protocol, hostname } = new URL(target ?? 'none:')
    if (origin === proxyOrigin && protocol === 'https:' && falHosts.test(hostname))
      return fetch(input, options)
    // Uploads carry no key.
    if (target === null && !new Headers(options?.headers).has('authorization')) return fetch(input, options)
    throw new Error(`Refusing to send a fal request to ${target ?? String(input)}`)
  }
}

/** The recipe of docs/simulator.md, behind the check. */
export function redirectedFetch(simulatorUrl: string): typeof fetch {
  return async (input, options) => {
    const url = String(input)
    const { protocol, hostname } = new URL(url)
    const hasKey = new Headers(options?.headers).has('authorization')
    if (hasKey && (protocol !== 'https:' || !falHosts.test(hostname)))
      throw new Error(`Refusing to send a fal request to ${url}`)
    return fetch(url.replace('https://', `${simulatorUrl}/`), options)
  }
}
