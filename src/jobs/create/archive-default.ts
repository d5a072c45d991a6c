/** Whether a client's jobs are archived by default. The client's setting is cached, because every create needs it. */
import { createMemo } from '../../concurrency/memo.ts'
import type { ClientPolicies } from '../../ports/client-policies.ts'
import type { Clock } from '../../ports/clock.ts'

/** At most 30 s old. */
export type ArchiveDefault = (clientId: string) => Promise<boolean>

const freshMs = 30_000
const mostClients = 10_000

export function makeArchiveDefault(deps: {
  policies: Pick<ClientPolicies, 'get'>
  clock: Clock
}): ArchiveDefault {
  const defaults = createMemo<boolean>({ clock: deps.clock, atMost: mostClients, freshMs })

  return function archiveDefault(clientId) {
    return defaults.get(clientId, async () => {
      const policy = await deps.policies.get(clientId)
      return policy?.archiveByDefault ?? true
    })
  }
}
