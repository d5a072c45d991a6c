/** A JWKS endpoint whose answer a test can change, and a signer for its deliveries. */
import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../../../src/ports/logger.ts'

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export interface KeyServer {
  url: string
  /** What is answered: a status, or a body (an object as JSON, a string as it is). */
  answer: unknown
  requests: number
  /** While set, answers wait for it. */
  gate: Promise<void> | null
}

export async function serveKeys(
  t: { teardown(close: () => unknown): unknown },
  answer: unknown,
): Promise<KeyServer> {
  const state: KeyServer = { url: '', answer, requests: 0, gate: null }
  const server = createServer(async (_request, response) => {
    state.requests += 1
    await state.gate
    if (typeof state.answer === 'number') response.writeHead(state.answer).end()
    else response.end(typeof state.answer === 'string' ? state.answer : JSON.stringify(state.answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  state.url = `http://127.0.0.1:${port}/.well-known/jwks.json`
  return state
}

export interface Signer {
  jwk: { kty: string; crv: string; x: string }
  headers(body: Buffer, seconds: number): Record<string, string>
}

export function createSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    jwk: { kty: 'OKP', crv: 'Ed25519', x: exportX(publicKey) },
    headers(body, seconds) {
      const message = `r-1\nu-1\n${seconds}\n${hash('sha256', body, 'hex')}`
      return {
        'x-fal-webhook-request-id': 'r-1',
        'x-fal-webhook-user-id': 'u-1',
        'x-fal-webhook-timestamp': String(seconds),
        'x-fal-webhook-signature': sign(null, Buffer.from(message), privateKey).toString('hex'),
      }
    },
  }
}

function exportX(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' })
  if (x === undefined) throw new Error('An Ed25519 key has an x.')
  return x
}
