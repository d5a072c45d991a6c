/** Webhooks signed as FAL signs them, made in advance, with a key set server of their own. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { SeededJob } from './seed-jobs.ts'

export interface SignedWebhook {
  path: string
  headers: Record<string, string>
  body: Buffer
}

export interface WebhookSigner {
  jwk: string
  jwksUrl: string
  sign(job: SeededJob): SignedWebhook
  forge(job: SeededJob): SignedWebhook
  close(): void
}

export async function createWebhookSigner(): Promise<WebhookSigner> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwk = publicKey.export({ format: 'jwk' })
  const server: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP server')
  const make = (job: SeededJob): SignedWebhook => {
    const body = Buffer.from(
      JSON.stringify({
        error: null,
        gateway_request_id: job.requestId,
        payload: {
          images: [
            {
              url: `https://v3b.fal.media/files/b/0a1b2c3d/${job.requestId}.png`,
              content_type: 'image/png',
              width: 1024,
              height: 768,
            },
          ],
          has_nsfw_concepts: [false],
          prompt: 'a lighthouse in the fog',
          seed: 42,
          timings: { inference: 0.4 },
        },
        request_id: job.requestId,
        status: 'OK',
      }),
    )
    const timestamp = String(Math.floor(Date.now() / 1000))
    const digest = createHash('sha256').update(body).digest('hex')
    const message = `${job.requestId}\nuser_simulator\n${timestamp}\n${digest}`
    return {
      path: `/api/fal/webhook?job=${job.id}&token=${job.token}`,
      headers: {
        'content-type': 'application/octet-stream',
        'x-fal-webhook-request-id': job.requestId,
        'x-fal-webhook-user-id': 'user_simulator',
        'x-fal-webhook-timestamp': timestamp,
        'x-fal-webhook-signature': sign(null, Buffer.from(message), privateKey).toString('hex'),
      },
      body,
    }
  }
  return {
    jwk: JSON.stringify(jwk),
    jwksUrl: `http://127.0.0.1:${address.port}/jwks.json`,
    sign: make,
    forge(job) {
      const webhook = make(job)
      return { ...webhook, headers: { ...webhook.headers, 'x-fal-webhook-signature': '00'.repeat(64) } }
    },
    close: () => server.close(),
  }
}
