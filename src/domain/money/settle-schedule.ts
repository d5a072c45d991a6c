/**
 * When FAL is asked for the bill of a finished request: once soon after its end, and again only when FAL did not answer
 * or had not counted yet.
 */

/** From the end of the request to the first read: its result is surely there by then, and not yet forgotten. */
export const firstReadAfterMs = 20_000

/** An app that counts its units after the answer (deferred billing) has reported them by then. */
export const deferredUnitsMs = 3_600_000

const minute = 60_000
const hour = 60 * minute
/** Pauses after reads that FAL did not answer. FAL reports units for days, so a long outage loses no bill. */
const pausesMs = [2 * minute, 10 * minute, hour, 6 * hour, 24 * hour, 72 * hour]

/** The time of the next read, after `attempts` reads. */
export const nextReadAt = (attempts: number, now: number): number =>
  now + (pausesMs[Math.min(attempts, pausesMs.length) - 1] ?? pausesMs[0] ?? 0)

/** Whether FAL is not asked again after this many reads without an answer. */
export const isLastRead = (attempts: number): boolean => attempts > pausesMs.length

/** A "not found" is believed when FAL repeats it. */
export const forgottenReads = 2
