/** Which callbacks a change of a job owes its client, and what each of them says. */
import { type CallbackType, type Job, wantedByDefault } from './job.ts'

export interface CallbackMessage {
  type: CallbackType
  url: string
  /** The body, byte for byte as each try sends it. */
  payload: string
}

/** `job` is as it is after the change; `dataOf` shows it as clients see it, and is asked only where something is owed. */
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
