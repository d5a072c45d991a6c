/** One GET of FAL's Platform API: its JSON object, or why there is none. */
import { tryParseExact } from '../../domain/exact-json.ts'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { Hold } from '../../ports/memory-budget.ts'
import { type Caller, isTooLarge } from './caller.ts'
import { trimmed } from './queue-urls.ts'

export const requestsPath = '/models/requests/by-endpoint'

/** Of the input that FAL lists beside a result: more than the body of a create may hold. */
export const mostInputBytes = 16 * 1024 * 1024

export type PlatformAnswer =
  | { page: { text: string; body: Record<string, unknown> } }
  | { httpStatus: number | null; trouble: string; isTooLarge: boolean }

export async function askPlatform(
  caller: Caller,
  path: string,
  parameters: [string, string][],
  options: {
    falKeyRef?: string | null
    signal?: AbortSignal | undefined
    maxBytes?: number
    hold?: Hold | undefined
  },
): Promise<PlatformAnswer> {
  // The base is given with or without its version: FAL's own documents write both.
  const base = trimmed(caller.bases.platformBase).replace(/\/v1$/, '')
  const answer = await caller.call({
    method: 'GET',
    url: `${base}/v1${path}?${new URLSearchParams(parameters)}`,
    falKeyRef: options.falKeyRef ?? null,
    signal: options.signal,
    hold: options.hold,
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  })
  if (answer.type === 'trouble' || answer.httpStatus !== 200) {
    caller.log.debug({ path, httpStatus: answer.httpStatus }, 'FAL’s Platform API gave no answer')
    const trouble = answer.type === 'trouble' ? answer.code : `FAL answered ${answer.httpStatus}`
    return { httpStatus: answer.httpStatus, trouble, isTooLarge: isTooLarge(answer) }
  }
  const body = tryParseExact(answer.text)
  return isRecord(body)
    ? { page: { text: answer.text, body } }
    : { httpStatus: null, trouble: 'FAL’s answer is no JSON object', isTooLarge: false }
}
