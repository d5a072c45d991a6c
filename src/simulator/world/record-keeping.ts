/** Notes what came in, so that payments can be counted, and lets go of the oldest requests when there are too many. */

import type { QueueRequest } from './queue-request.ts'
import type { SubmitRecord, World } from './world.ts'

export function recordSubmit(world: World, submit: Omit<SubmitRecord, 'at'>): void {
  world.submits.push({ at: new Date().toISOString(), ...submit })
}

export function keepRequest(world: World, request: QueueRequest): void {
  world.requests.set(request.id, request)
  world.acceptedByPrompt.set(request.prompt, (world.acceptedByPrompt.get(request.prompt) ?? 0) + 1)
  world.acceptedCount += 1
  if (world.requests.size > world.settings.keepRequests) forgetOldest(world)
}

function forgetOldest(world: World): void {
  const oldest = world.requests.values().next().value
  if (oldest?.status !== 'COMPLETED') return
  world.requests.delete(oldest.id)
  for (const path of oldest.files) world.files.delete(path)
}
