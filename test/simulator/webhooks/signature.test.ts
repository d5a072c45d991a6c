/** Signatures match a vector made independently of this code. */

import t from 'tap'
import { signatureHeaders } from '../../../src/simulator/webhooks/signature.ts'
import { createKey } from '../../../src/simulator/world/signing-keys.ts'

const requestId = '5057fca7-2eb3-468f-b95d-cefe92b0b9d4'
const body = `{"error": null, "gateway_request_id": "${requestId}", "payload": {"images": [{"content_type": "image/png", "height": 8, "url": "https://v3b.fal.media/files/b/0a1b2c3d/example.png", "width": 8}], "seed": 17454220438242315174}, "request_id": "${requestId}", "status": "OK"}`
const signature =
  '6b0695c8f291884b6dea3658e853602ed779143d1a512837435e2bde3e292e7854f1c1fd04c42aac240e0643d82a34b7bb534225b4790f8e8516a312dac33504'

t.test('seed 00..1f signs the published example', async (t) => {
  for (const isFast of [false, true]) {
    const key = createKey(Buffer.from(Array.from({ length: 32 }, (_, i) => i)), isFast)
    t.equal(key.jwk.x, 'A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg')
    const keys = { sign: key.sign, signAsStranger: key.sign, rotate: () => {}, published: () => [key.jwk] }
    const headers = signatureHeaders(keys, { requestId, userId: 'user-123', timestamp: 1752019770, body })
    t.strictSame(headers, {
      'x-fal-webhook-request-id': requestId,
      'x-fal-webhook-user-id': 'user-123',
      'x-fal-webhook-timestamp': '1752019770',
      'x-fal-webhook-signature': signature,
    })
  }
})
