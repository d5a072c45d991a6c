/** Reads every documented form of a queue path; the request id alone decides, so all forms reach the same request. */

export type QueueCall = 'status' | 'stream' | 'cancel' | 'result'

export type QueuePath =
  | { readonly kind: 'endpoint'; readonly endpointId: string }
  | {
      readonly kind: 'request'
      readonly endpointId: string
      readonly requestId: string
      readonly call: QueueCall
    }

const requestPattern = /^(.+?)\/requests\/([^/]+)(?:\/(status\/stream|status|cancel|response))?$/

/** `path` without query; null when it is neither an endpoint id nor a request of one. */
export function parseQueuePath(path: string): QueuePath | null {
  const clean = path.replace(/^\/+|\/+$/g, '')
  const match = requestPattern.exec(clean)
  if (match) {
    const [, endpointId = '', requestId = '', tail] = match
    return isEndpointId(endpointId) ? { kind: 'request', endpointId, requestId, call: callOf(tail) } : null
  }
  return isEndpointId(clean) ? { kind: 'endpoint', endpointId: clean } : null
}

function isEndpointId(text: string): boolean {
  return /^[\w.@~-]+(\/[\w.@~-]+)+$/.test(text)
}

function callOf(tail: string | undefined): QueueCall {
  if (tail === 'status/stream') return 'stream'
  return tail === 'status' || tail === 'cancel' ? tail : 'result'
}
