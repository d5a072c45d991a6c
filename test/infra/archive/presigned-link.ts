/** Judges a presigned link as a store does: its signature covers the method, so a link signed for GET opens nothing by HEAD. */
import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** null for a request that carries no signature in its query. Only the host is expected among the signed headers. */
export function isLinkGood(incoming: IncomingMessage, secretAccessKey: string): boolean | null {
  const url = new URL(incoming.url ?? '/', 'http://front')
  const given = url.searchParams.get('X-Amz-Signature')
  if (given === null) return null
  const [, day = '', region = '', service = ''] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/')
  const at = url.searchParams.get('X-Amz-Date') ?? ''
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
  const canonical = [
    incoming.method,
    url.pathname,
    query,
    `host:${incoming.headers.host}`,
    '',
    'host',
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const scope = [day, region, service, 'aws4_request']
  const text = ['AWS4-HMAC-SHA256', at, scope.join('/'), createHash('sha256').update(canonical).digest('hex')]
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, text.join('\n')).toString('hex') === given
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
