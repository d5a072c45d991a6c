/** Whether a client's jobs are archived when they do not say: its own rule, looked up rarely since every create asks. */
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
  const known = new Map<string, { answer: Promise<boolean>; until: number }>()

  return function archiveDefault(clientId) {
    const now = deps.clock.now()
    const kept = known.get(clientId)
    if (kept !== undefined && kept.until > now) return kept.answer
    if (known.size >= mostClients) known.clear()
    const answer = deps.policies.get(clientId).then((policy) => policy?.archiveByDefault ?? true)
    known.set(clientId, { answer, until: now + freshMs })
    // A failed look-up is the caller's to tell, and not to be remembered.
    answer.catch(() => known.delete(clientId))
    return answer
  }
}
