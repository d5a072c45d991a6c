/** Examples of the OpenAPI document: data for readers, checked against the schemas by the linter of the document. */

const jobId = 'job_01999999-9999-7999-8999-999999999999'
const requestId = '01999999-9999-7999-8999-00000000000a'
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
  cost: { estimatedMicros: 3000, actualMicros: 3000, currency: 'USD' },
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
      durationSeconds: null,
      thumbnailUrl: null,
    },
  ],
  archive: { status: 'archived', attempts: 1, lastError: null, archivedAt: '2026-11-20T10:00:04.210Z' },
  result: { images: [{ url: falUrl, content_type: 'image/jpeg', width: 1024, height: 576 }], seed: 42 },
  error: null,
  fal: {
    requestId: falRequestId,
    gatewayRequestId: null,
    status: 'COMPLETED',
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
    summary: 'A video from an image, told by a callback',
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

interface ProblemExample {
  status: number
  detail: string
  retryable?: boolean
  errors?: object[]
  more?: object
}

const told: Record<string, ProblemExample> = {
  MALFORMED_BODY: { status: 400, detail: 'The body is not valid JSON.' },
  UNAUTHENTICATED: { status: 401, detail: 'The API key is unknown, expired or revoked.' },
  INSUFFICIENT_CREDITS: { status: 402, detail: 'The credits do not cover the estimate.' },
  FORBIDDEN: { status: 403, detail: 'This API key lacks the scope "jobs:write".' },
  NOT_FOUND: { status: 404, detail: 'There is no such job.' },
  CONFIRMATION_REQUIRED: {
    status: 409,
    detail: 'The job is estimated at 3.20 USD, which needs "confirm": true.',
    more: { estimate: { estimatedMicros: 3_200_000, atMostMicros: 3_200_000, currency: 'USD' } },
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    detail: 'A request with this Idempotency-Key is still running.',
    retryable: true,
  },
  QUOTE_CHANGED: { status: 409, detail: 'The price or the input is not that of the quote any more.' },
  JOB_FINAL: { status: 409, detail: 'The job is completed already.' },
  PAYLOAD_TOO_LARGE: { status: 413, detail: 'The body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, detail: 'Send the body as application/json.' },
  INVALID_PARAMS: {
    status: 422,
    detail: 'durationSeconds: Must be 5 or 10.',
    errors: [
      { pointer: '/durationSeconds', message: 'Must be 5 or 10.', code: 'not_allowed', allowed: [5, 10] },
    ],
  },
  UNKNOWN_MODEL: {
    status: 422,
    detail: 'No model has this alias. Did you mean flux-schnell?',
    errors: [
      {
        pointer: '/model',
        message: 'No model has this alias. Did you mean flux-schnell?',
        code: 'unknown_model',
        allowed: ['flux-schnell'],
      },
    ],
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    detail:
      'This Idempotency-Key was used before with another request body. Use a new key for a new request.',
  },
  RATE_LIMITED: { status: 429, detail: 'This API key may make 10 requests a second.', retryable: true },
  INTERNAL: {
    status: 500,
    detail: 'Something went wrong on our side. Quote the requestId when you report it.',
  },
  UNAVAILABLE: {
    status: 503,
    detail: 'The service cannot reach its database just now.',
    retryable: true,
  },
}

/** By code: `{summary, value}` with a whole problem document as value. */
export const problemExamples = Object.fromEntries(
  Object.entries(told).map(([code, { status, detail, retryable = false, errors = [], more = {} }]) => [
    code,
    {
      summary: detail,
      value: {
        type: `urn:fal-jobs:problem:${code.toLowerCase().replaceAll('_', '-')}`,
        title: code,
        status,
        code,
        detail,
        requestId,
        retryable,
        errors,
        ...more,
      },
    },
  ]),
)

/** Which problems an operation may answer with a status: those every operation shares, and those of creates. */
export const codesOfStatus = (status: string, operationId: string): string[] => {
  const creates = ['createJob', 'quoteJob', 'retryJob'].includes(operationId)
  const special = creates
    ? ['CONFIRMATION_REQUIRED', 'QUOTE_CHANGED', 'IDEMPOTENCY_IN_PROGRESS']
    : ['JOB_FINAL']
  const sharp = creates ? ['INVALID_PARAMS', 'UNKNOWN_MODEL', 'IDEMPOTENCY_KEY_REUSED'] : ['INVALID_PARAMS']
  return Object.keys(told).filter((code) => {
    if (String(told[code]?.status) !== status) return false
    if (status === '409') return special.includes(code)
    return status !== '422' || sharp.includes(code)
  })
}
