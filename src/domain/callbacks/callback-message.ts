/** Decides which callbacks a change of a job causes, and their bodies. */
import { type CallbackType, type Job, wantedByDefault } from '../job.ts'

export interface CallbackMessage {
  type: CallbackType
  url: string
  /** The body, byte for byte as each attempt sends it. */
  payload: string
}

/** `job` is the state after the change; `dataOf` gives its public view and is called only when a callback is due. */
export function callbackMessages(
  job: Job,
  types: readonly CallbackType[],
  now: number,
  dataOf: (job: Job) => unknown,
): CallbackMessage[] {
  const { callbackUrl, callbackEvents } = job
  if (callbackUrl === null) return []
  const wanted = types.filter((type) => (callbackEvents ?? wantedByDefault).includes(type))
  if (wanted.length === 0) return []
  const data = dataOf(job)
  return wanted.map((type) => ({ type, url: callbackUrl, payload: callbackPayload(type, now, data) }))
}

export const callbackPayload = (type: string, now: number, data: unknown): string =>
  JSON.stringify({ type, timestamp: new Date(now).toISOString(), data })
