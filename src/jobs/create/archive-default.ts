/** Whether a client's jobs are archived when they do not say: its own rule, looked up rarely since every create asks. */
import { createMemo } from '../../concurrency/memo.ts'
import type { ClientPolicies } from '../../ports/client-policies.ts'
import type { Clock } from '../../ports/clock.ts'

/** Fresh to within half a minute. */
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
