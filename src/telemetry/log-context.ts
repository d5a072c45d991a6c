/** The log context (request, task, job) of everything that runs on its behalf. */
import { AsyncLocalStorage } from 'node:async_hooks'

export type LogFields = Record<string, string>

const storage = new AsyncLocalStorage<LogFields>()

/** Runs `work`; every log line within it carries these fields in addition to the caller's. */
export const withLogFields = <T>(fields: LogFields, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...fields }, work)

export const logFields = (): LogFields | undefined => storage.getStore()
