/** What a line of the log is about (request, task, job), known to everything that runs on its behalf. */
import { AsyncLocalStorage } from 'node:async_hooks'

export type LogFields = Record<string, string>

const storage = new AsyncLocalStorage<LogFields>()

/** Runs `work`; every line it causes carries these fields beside those of whoever called. */
export const withLogFields = <T>(fields: LogFields, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...fields }, work)

export const logFields = (): LogFields | undefined => storage.getStore()
