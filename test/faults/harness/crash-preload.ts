/**
 * Loaded before the service in the crash point tests, and nowhere else: kills the process at one named moment, once. It
 * watches the service's own statements and requests, so every commit and every call is a moment without naming any in src.
 */
import { subscribe } from 'node:diagnostics_channel'
import { existsSync, writeFileSync } from 'node:fs'
import pg from 'pg'

/** e.g. `before job.submitted`, `after submitting`, `sent POST queue.fal.run`, `answered GET files`. */
const moment = process.env.CRASH_AT ?? ''
/** Exists once the crash has happened: the process that is started next lives. */
const flag = process.env.CRASH_FLAG ?? ''

function arrive(at: string): void {
  if (at !== moment || existsSync(flag)) return
  writeFileSync(flag, at)
  process.kill(process.pid, 'SIGKILL')
}

// --- Transactions: named after the events they write, or what else they do -----------------------------------------

const open = new WeakMap<object, Set<string>>()
const original: (this: pg.Client, ...given: unknown[]) => unknown = pg.Client.prototype.query

function query(this: pg.Client, ...given: unknown[]): unknown {
  const { text, values } = statementOf(given)
  const word = text.trim().toLowerCase()
  if (/^(begin|start transaction)\b/.test(word)) open.set(this, new Set())
  const labels = open.get(this)
  if (word !== 'commit') {
    for (const label of labelsOf(text, values)) labels?.add(label)
    return Reflect.apply(original, this, given)
  }
  open.delete(this)
  for (const label of labels ?? []) arrive(`before ${label}`)
  const done = Reflect.apply(original, this, given)
  const after = () => {
    for (const label of labels ?? []) arrive(`after ${label}`)
  }
  return done instanceof Promise
    ? done.then((result: unknown) => {
        after()
        return result
      })
    : done
}
Object.defineProperty(pg.Client.prototype, 'query', { value: query, writable: true, configurable: true })

function statementOf([first, second]: unknown[]): { text: string; values: unknown[] } {
  if (typeof first === 'string') return { text: first, values: Array.isArray(second) ? second : [] }
  if (typeof first !== 'object' || first === null || !('text' in first)) return { text: '', values: [] }
  const values = 'values' in first && Array.isArray(first.values) ? first.values : []
  return { text: String(first.text), values }
}

function labelsOf(text: string, values: unknown[]): string[] {
  const labels: string[] = []
  const flat = values.flat(2).filter((value) => typeof value === 'string')
  if (/insert into "?job_event"?/i.test(text))
    for (const value of flat) {
      if (/^(job|archive)\.[a-z_]+$/.test(value)) labels.push(value)
      for (const [, type = ''] of value.matchAll(/"type":"((?:job|archive)\.[a-z_]+)"/g)) labels.push(type)
    }
  if (/insert into "?webhook_delivery"?/i.test(text)) labels.push('webhook_delivery')
  if (/update "?callback"?\s/i.test(text)) labels.push('callback')
  if (/update "?job"?\s/i.test(text)) {
    if (text.includes('"submit_run"')) labels.push('submitting')
    if (text.includes('"media"') && !text.includes('"archive_status"')) labels.push('file_archived')
  }
  return labels
}

// --- Requests: named after where they go ------------------------------------------------------------------------------

const places: [RegExp, string][] = [
  [/^POST .*\/queue\.fal\.run\//, 'POST queue'],
  [/^GET .*\/queue\.fal\.run\/.*\/status/, 'GET status'],
  [/^GET .*\/queue\.fal\.run\//, 'GET result'],
  [/^GET .*\/files\//, 'GET files'],
  [/^POST .*\/hook/, 'POST hook'],
]

function placeOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !('request' in message)) return null
  const { request } = message
  if (typeof request !== 'object' || request === null) return null
  const method = 'method' in request ? String(request.method) : ''
  const path = 'path' in request ? String(request.path) : ''
  return places.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1] ?? null
}

subscribe('undici:request:create', (message) => arrive(`asking ${placeOf(message)}`))
subscribe('undici:request:headers', (message) => arrive(`answered ${placeOf(message)}`))
