/** A job, an event and creates as readers of the OpenAPI document see them; the document's linter checks them by their schemas. */

const jobId = 'job_01999999-9999-7999-8999-999999999999'
const falRequestId = '5b1f0c1e-6f0a-4a57-9d35-2a4f3b6f7c10'
const falUrl = 'https://v3b.fal.media/files/b/0a1b2c3d/lighthouse.jpeg'
const archiveUrl = 'https://jobs.example.com/files/eyJrIjoi.c2lnbmVk'

export const jobExample = {
  id: jobId,
  status: 'completed',
  model: 'flux-schnell',
  endpointId: 'fal-ai/flux/schnell',
  kind: 'image',
  userId: 'user-17',
  metadata: { order: '4711' },
  params: { prompt: 'a lighthouse in the fog', aspectRatio: '16:9', numOutputs: 1, steps: 4 },
  warnings: [],
  progress: 1,
  queuePosition: null,
  etaSeconds: null,
  cost: {
    estimatedMicros: 3000,
    atMostMicros: null,
    confidence: 'rule',
    actualMicros: 3000,
    source: 'units',
    billableUnits: 1,
    billedAs: 'fal-ai/flux/schnell',
    chargedMicros: null,
    settledAt: '2026-08-01T12:00:24.000Z',
    currency: 'USD',
  },
  media: [
    {
      index: 0,
      path: 'images[0]',
      kind: 'image',
      url: archiveUrl,
      sourceUrl: falUrl,
      archiveUrl,
      contentType: 'image/jpeg',
      bytes: 184_320,
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      width: 1024,
      height: 576,
      storedWidth: 1024,
      storedHeight: 576,
      durationSeconds: null,
      thumbnailUrl: null,
      flagged: false,
    },
  ],
  archive: { status: 'archived', attempts: 1, lastError: null, archivedAt: '2026-11-20T10:00:04.210Z' },
  result: { images: [{ url: falUrl, content_type: 'image/jpeg', width: 1024, height: 576 }], seed: 42 },
  omitted: [],
  error: null,
  fal: {
    requestId: falRequestId,
    gatewayRequestId: null,
    status: 'COMPLETED',
    awaiting: null,
    inferenceSeconds: 0.82,
    userId: null,
  },
  submission: 'accepted',
  retryOf: null,
  createdAt: '2026-11-20T10:00:00.000Z',
  submittedAt: '2026-11-20T10:00:00.180Z',
  startedAt: '2026-11-20T10:00:01.900Z',
  completedAt: '2026-11-20T10:00:03.050Z',
  updatedAt: '2026-11-20T10:00:04.210Z',
  erasedAt: null,
  erasing: null,
  links: {
    self: `/api/jobs/${jobId}`,
    events: `/api/jobs/${jobId}/events`,
    cancel: `/api/jobs/${jobId}/cancel`,
  },
}

export const eventExample = {
  id: 'evt_01999999-9999-7999-8999-000000000004',
  jobId,
  seq: 4,
  type: 'job.completed',
  source: 'webhook',
  data: { mediaCount: 1 },
  createdAt: '2026-11-20T10:00:03.050Z',
}

export const createExamples = {
  image: {
    summary: 'An image',
    value: { model: 'flux-schnell', prompt: 'a lighthouse in the fog', aspectRatio: '16:9' },
  },
  video: {
    summary: 'A video from an image, with a callback',
    value: {
      model: 'kling-v2-5-pro-i2v',
      prompt: 'the camera rises slowly',
      inputImageUrl: 'https://example.com/first-frame.png',
      durationSeconds: 5,
      userId: 'user-17',
      metadata: { order: '4711' },
      callbackUrl: 'https://example.com/hooks/fal-jobs',
      maxCostMicros: 500_000,
    },
  },
  anyEndpoint: {
    summary: 'Any endpoint of FAL, with its own fields',
    value: { model: 'fal-ai/some-new-model', input: { prompt: 'a lighthouse', strength: 0.7 } },
  },
}
