/**
 * Who is let in to FAL next when places are scarce: stride scheduling. Each turn moves a client's pass on by 1 / weight,
 * and the client with the lowest pass is next; in the long run clients that wait get places in proportion to their weights.
 */

export interface QueueOfClient {
  clientId: string
  /** Its share beside others that wait; above 0. */
  weight: number
  /** Its turns so far over its weight; null before its first. */
  pass: number | null
  /** Ids of its waiting jobs, next first. */
  jobs: string[]
}

export interface FairClock {
  /** The pass of whoever was let in last. */
  clock: number
  /** A client that was idle may go ahead of the others with this many jobs over its weight: what it did not use. */
  credit: number
}

/** Shares `free` places among the lines; `cap` is how many more a client may have. Pure. */
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

/** Jobs that are let in before the one at `index` (from 0) of `own`, if nobody else comes and places keep coming. */
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
