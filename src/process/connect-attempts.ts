/**
 * How long a connection to one of several addresses of a host is tried before the next: Node's default of half a second and
 * less gives up an address that is far away, and then fails with the dead one that follows. It applies to PostgreSQL, FAL,
 * buckets and callbacks alike.
 */
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net'

/** Below the connect timeouts of all of them, so that a second address is still tried. */
const attemptMs = 2_000

export const allowSlowAddresses = (): void => setDefaultAutoSelectFamilyAttemptTimeout(attemptMs)
