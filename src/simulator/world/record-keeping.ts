/** Records every submit, so that payments can be counted, and drops the oldest requests above the limit. */

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

/** Enters the bill of a finished request into the ledger. */
export function recordBill(world: World, { id, endpointId, answer, faults, endedReal }: QueueRequest): void {
  if (!answer?.bill) return
  const lateMs = faults.strike('units-late') ? faults.number('units-late') * 1000 : 0
  world.ledger.push({
    ...answer.bill,
    requestId: id,
    submittedTo: endpointId,
    at: endedReal ?? new Date(),
    shownFrom: world.clock.now() + lateMs,
  })
}

function forgetOldest(world: World): void {
  const oldest = world.requests.values().next().value
  if (oldest?.status !== 'COMPLETED') return
  world.requests.delete(oldest.id)
  for (const path of oldest.files) world.files.delete(path)
}
