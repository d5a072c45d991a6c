/**
 * A FAL that answers what a test wants, byte by byte: results and files of any shape and speed, which the simulator of
 * an honest FAL does not give. It listens on 127.0.0.1 only.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { request as call } from 'undici'

export interface HostileFal {
  /** Variables of a service that is to use it. */
  environment: Record<string, string>
  origin: string
  /** Ends every request by a webhook; resolves to the status that the service answers. */
  sendWebhook(requestId: string): Promise<number>
  /** Requests submitted so far, oldest first. */
  requests: Submitted[]
  /** Status calls so far. */
  statusCalls(): number
}

export interface Submitted {
  id: string
  input: Record<string, unknown>
  webhookUrl: string | null
}

export interface HostileFalOptions {
  /** The body of the result, as it is. */
  resultOf(input: Record<string, unknown>, origin: string): string | Buffer
  /** Answers `/files/…`. */
  file?(request: IncomingMessage, response: ServerResponse): void
}

const userId = 'hostile-account'

export async function startHostileFal(t: Test, options: HostileFalOptions): Promise<HostileFal> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const requests: Submitted[] = []
  let statusCalls = 0
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    if (url.pathname === '/jwks') return json(response, { keys: [publicKey.export({ format: 'jwk' })] })
    if (url.pathname.startsWith('/files/') && options.file !== undefined)
      return options.file(request, response)
    // It describes no model: such endpoints are taken as they are.
    if (/^\/(schema|platform)\//.test(url.pathname)) return json(response, {}, 500)
    const [, id, what] = /\/requests\/([\w-]+)(?:\/(\w+))?$/.exec(url.pathname) ?? []
    if (request.method === 'POST' && url.pathname.startsWith('/queue/') && id === undefined) {
      return json(response, submitted(url, await bodyOf(request)))
    }
    const known = requests.find((one) => one.id === id)
    if (known === undefined) return json(response, { detail: 'not found' }, 404)
    if (what === 'cancel') return json(response, { status: 'CANCELLATION_REQUESTED' }, 202)
    if (what === 'status') {
      statusCalls += 1
      return json(response, { status: 'COMPLETED', request_id: known.id })
    }
    response.writeHead(200, { 'content-type': 'application/json', 'x-fal-request-id': known.id })
    response.end(options.resultOf(known.input, origin))
  }

  function submitted(url: URL, input: Record<string, unknown>): object {
    const id = randomUUID()
    requests.push({ id, input, webhookUrl: url.searchParams.get('fal_webhook') })
    const base = `${origin}${url.pathname}/requests/${id}`
    return {
      request_id: id,
      status: 'IN_QUEUE',
      response_url: base,
      status_url: `${base}/status`,
      cancel_url: `${base}/cancel`,
      queue_position: 0,
    }
  }

  return {
    origin,
    requests,
    statusCalls: () => statusCalls,
    environment: {
      FAL_QUEUE_BASE: `${origin}/queue`,
      FAL_API_BASE: `${origin}/rest`,
      FAL_PLATFORM_BASE: `${origin}/platform`,
      FAL_SCHEMA_BASE: `${origin}/schema`,
      FAL_JWKS_URL: `${origin}/jwks`,
      ARCHIVE_ALLOWED_HOSTS: new URL(origin).host,
    },
    async sendWebhook(requestId) {
      const known = requests.find((one) => one.id === requestId)
      if (known?.webhookUrl == null) throw new Error(`no webhook was asked for ${requestId}`)
      const body = webhookBody(requestId, options.resultOf(known.input, origin))
      const headers = signedHeaders(requestId, body, privateKey)
      const answered = await call(known.webhookUrl, { method: 'POST', headers, body })
      await answered.body.dump()
      return answered.statusCode
    },
  }
}

function webhookBody(requestId: string, result: string | Buffer): Buffer {
  const start = `{"request_id":"${requestId}","gateway_request_id":"${requestId}","status":"OK","error":null,"payload":`
  return Buffer.concat([Buffer.from(start), Buffer.from(result), Buffer.from('}')])
}

function signedHeaders(requestId: string, body: Buffer, key: KeyObject): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const message = [requestId, userId, timestamp, createHash('sha256').update(body).digest('hex')].join('\n')
  return {
    'content-type': 'application/json',
    'x-fal-webhook-request-id': requestId,
    'x-fal-webhook-user-id': userId,
    'x-fal-webhook-timestamp': timestamp,
    'x-fal-webhook-signature': sign(null, Buffer.from(message), key).toString('hex'),
  }
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}
