/** The log lines of a request up to now, computed from the time it has run: a start, a progress bar, an end. */

import type { Json, JsonObject } from '../base/json.ts'
import type { QueueRequest } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'

const steps = 10

export function logsOf(world: World, request: QueueRequest): readonly JsonObject[] {
  const { startedAt, startedReal } = request
  if (startedAt === undefined || !startedReal) return []
  const doneSeconds = ((request.completedAt ?? world.clock.now()) - startedAt) / 1000
  const share = Math.min(1, doneSeconds / Math.max(request.durationSeconds, 0.001))
  const reached = request.answer?.statusCode === 200 ? steps : Math.floor(share * steps)
  const isLegacy = world.settings.legacyLogs || request.faults.has('logs-legacy')
  const entry = (message: string, step: number) => {
    const realMs = (step / steps) * (request.durationSeconds / world.clock.speed) * 1000
    return logEntry(message, new Date(startedReal.getTime() + realMs), isLegacy)
  }
  const lines = [entry(`Running ${request.endpointId}`, 0)]
  for (let step = 1; step <= reached; step++)
    lines.push(entry(progressBar(step, request.durationSeconds), step))
  return lines
}

/** As tqdm prints it. */
function progressBar(step: number, durationSeconds: number): string {
  const done = (durationSeconds * step) / steps
  const percent = String((step * 100) / steps).padStart(3)
  const bar = '█'.repeat(step).padEnd(steps)
  return `${percent}%|${bar}| ${step}/${steps} [${clockText(done)}<${clockText(durationSeconds - done)}, ${(steps / durationSeconds).toFixed(2)}it/s]`
}

function clockText(seconds: number): string {
  const whole = Math.round(seconds)
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`
}

/** Microseconds and no zone, as FAL writes them. */
function logEntry(message: string, at: Date, isLegacy: boolean): JsonObject {
  const timestamp = at.toISOString().replace('Z', '000')
  const origin: Readonly<Record<string, Json>> = isLegacy ? { labels: {} } : { level: 'INFO', source: 'USER' }
  return { timestamp, message, ...origin }
}
