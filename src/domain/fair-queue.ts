/**
 * A fair queue for scarce FAL slots: stride scheduling. Each admission advances a client's pass by 1 / weight, and
 * the client with the lowest pass is next; in the long run waiting clients get slots in proportion to their weights.
 */

export interface QueueOfClient {
  clientId: string
  /** Its share relative to other waiting clients; above 0. */
  weight: number
  /** Its admissions so far divided by its weight; null before its first. */
  pass: number | null
  /** Ids of its waiting jobs, next first. */
  jobs: string[]
}

export interface FairClock {
  /** The pass of the client that was admitted last. */
  clock: number
  /** Unused share that an idle client may catch up, in jobs over its weight. */
  credit: number
}

/** Slots at FAL; 0 means no limit. */
export interface SlotLimits {
  inAll: number
  /** For clients that have no limit of their own. */
  perClient: number
}

/** Whether new jobs wait until they are admitted. */
export const limitsSlots = ({ inAll, perClient }: SlotLimits): boolean => inAll > 0 || perClient > 0

export interface WaitingClient extends QueueOfClient {
  /** Its own limit of jobs at FAL; null: the common limit. */
  maxInFlight: number | null
}

/** Occupied slots by client. */
export type TakenSlots = ReadonlyMap<string, number>

/** Without a limit the queue is admitted in batches. */
const largestBatch = 500

/** How many jobs may be admitted now. */
export function freeSlots({ inAll }: SlotLimits, taken: TakenSlots): number {
  const takenInAll = [...taken.values()].reduce((sum, count) => sum + count, 0)
  return inAll === 0 ? largestBatch : Math.max(0, Math.min(inAll - takenInAll, largestBatch))
}

/** The jobs to admit now, and the resulting passes and clock. */
export function admissionsOf(
  clients: readonly WaitingClient[],
  { limits, taken, clock }: { limits: SlotLimits; taken: TakenSlots; clock: number },
): ReturnType<typeof shareSlots> {
  const lines = clients.map((client) => {
    const most = client.maxInFlight ?? (limits.perClient === 0 ? Number.POSITIVE_INFINITY : limits.perClient)
    return { ...client, cap: Math.max(0, most - (taken.get(client.clientId) ?? 0)) }
  })
  return shareSlots(lines, { free: freeSlots(limits, taken), clock, credit: limits.inAll })
}

/** Distributes `free` slots among the queues; `cap` is how many more a client may have. Pure. */
export function shareSlots(
  lines: readonly (QueueOfClient & { cap: number })[],
  { free, clock, credit }: FairClock & { free: number },
): { jobs: string[]; passes: Map<string, number>; clock: number } {
  const waiting = lines.map((line) => ({ ...line, pass: startOf(line, { clock, credit }), taken: 0 }))
  const jobs: string[] = []
  const passes = new Map<string, number>()
  let latest = clock
  while (jobs.length < free) {
    const next = waiting
      .filter((line) => line.taken < Math.min(line.cap, line.jobs.length))
      .reduce<(typeof waiting)[number] | null>(
        (best, line) => (best && best.pass <= line.pass ? best : line),
        null,
      )
    const job = next?.jobs[next.taken]
    if (next === null || job === undefined) break
    jobs.push(job)
    next.taken += 1
    next.pass += 1 / next.weight
    passes.set(next.clientId, next.pass)
    latest = Math.max(latest, next.pass)
  }
  return { jobs, passes, clock: latest }
}

/**
 * Number of jobs admitted before the one at `index` (from 0) of `own`, if no further jobs arrive and slots keep
 * freeing up.
 */
export function placeInQueue(
  own: QueueOfClient,
  index: number,
  others: readonly (Omit<QueueOfClient, 'jobs'> & { waiting: number })[],
  clock: FairClock,
): number {
  const turn = startOf(own, clock) + index / own.weight
  return others.reduce((place, other) => {
    const ahead = Math.ceil((turn - startOf(other, clock)) * other.weight)
    return place + Math.min(other.waiting, Math.max(0, ahead))
  }, index)
}

const startOf = (line: Pick<QueueOfClient, 'pass' | 'weight'>, { clock, credit }: FairClock): number =>
  Math.max(line.pass ?? 0, clock - credit / line.weight)
