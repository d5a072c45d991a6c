/**
 * One small real picture with the configured key: submitted to FAL, waited for and read to its last byte. It costs money, so
 * the caller asks first. Invariant: one submit, and a request that does not end in time is canceled.
 */
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { JobError } from '../domain/job.ts'
import type { Outcome } from '../domain/outcome/outcome.ts'
import { createFal, type FalClient } from '../infra/fal/fal-client.ts'
import { createMediaSource } from '../infra/outbound/http-media-source.ts'
import { prepare } from '../models/prepare.ts'
import type { RequestRef } from '../ports/fal.ts'
import type { Logger } from '../ports/logger.ts'
import { type CheckResult, fail, ok } from './check-result.ts'

const endpointId = 'fal-ai/flux/schnell'
const { input, price } = prepare({
  model: endpointId,
  params: { prompt: 'a lighthouse', aspectRatio: '1:1' },
})
/** What it costs by the catalogue, in micro-USD. */
export const renderMicros = price.estimatedMicros ?? 0

const withinMs = 120_000
const pollMs = 1_000

export async function renderOnce(config: Config, log: Logger): Promise<CheckResult> {
  const { fal: settings, outgoingProxy: proxy } = config
  const fal = createFal({
    ...settings,
    keys: { primary: settings.key, ...(settings.keyNew === null ? {} : { next: settings.keyNew }) },
    proxy,
    log,
  })
  try {
    const submitted = await fal.submit({ endpointId, input, webhookUrl: null, queue: {} })
    if (submitted.type === 'refused') return refusal(submitted.error)
    if (submitted.type !== 'accepted')
      return fail(submitted.reason, 'Check outgoing network access and https://status.fal.ai.')
    const ref = { ...submitted.request, endpointId }
    const begun = performance.now()
    const outcome = await untilEnd(fal, ref)
    if (outcome.type === 'failed') return refusal(outcome.error)
    if (outcome.type !== 'completed') {
      await fal.cancel(ref)
      return fail(
        `request ${ref.requestId} did not end within ${withinMs / 1000} s and was canceled`,
        'See https://status.fal.ai; FAL bills it where it had finished.',
      )
    }
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    const url = outcome.media[0]?.sourceUrl ?? null
    if (url === null) return fail(`request ${ref.requestId} brought no file`, 'Try again; then ask FAL.')
    const bytes = await bytesOf(url, config)
    return ok(`${endpointId} made a picture of ${bytes} bytes in ${seconds} s (request ${ref.requestId})`)
  } finally {
    await fal.close()
  }
}

async function untilEnd(fal: FalClient, ref: RequestRef): Promise<Outcome> {
  const until = performance.now() + withinMs
  for (;;) {
    const outcome = await fal.poll(ref, { logs: false })
    const isOver = outcome.type === 'completed' || outcome.type === 'failed'
    if (isOver || performance.now() > until) return outcome
    await setTimeout(pollMs)
  }
}

async function bytesOf(url: string, { archive, outgoingProxy: proxy }: Config): Promise<number> {
  const { allowedHosts, maxBytes } = archive
  const source = createMediaSource({
    allowedHosts,
    maxBytes,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 60_000,
    proxy,
  })
  try {
    const opened = await source.open(url)
    let bytes = 0
    if (Buffer.isBuffer(opened.body)) bytes = opened.body.length
    else for await (const chunk of opened.body) bytes += (chunk as Buffer).length
    opened.close()
    return bytes
  } finally {
    await source.close()
  }
}

/** The operator sees FAL's own words. */
function refusal({ message, details }: JobError): CheckResult {
  const [first]: { msg?: string }[] = Array.isArray(details) ? details : []
  return fail(
    `FAL refused it: ${first?.msg ?? message}`,
    'Look at the key, the balance and the limits at https://fal.ai/dashboard.',
  )
}
