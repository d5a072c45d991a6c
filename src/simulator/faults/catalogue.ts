/** Every fault by name: where it strikes, how often for one request, what it does and which files implement it. */

import { cancelFaults } from './data/cancel-faults.ts'
import { cdnFaults } from './data/cdn-faults.ts'
import type { FaultEntry } from './data/fault-entry.ts'
import { outcomeFaults } from './data/outcome-faults.ts'
import { pollFaults } from './data/poll-faults.ts'
import { submitFaults } from './data/submit-faults.ts'
import { webhookFaults } from './data/webhook-faults.ts'

/** The order is that of the random mode's choices and of the tables in docs/simulator.md. */
const faultCatalogue = {
  ...submitFaults,
  ...pollFaults,
  ...outcomeFaults,
  ...webhookFaults,
  ...cancelFaults,
  ...cdnFaults,
} as const satisfies Record<string, FaultEntry>

export type FaultName = keyof typeof faultCatalogue

export const faultNames = Object.keys(faultCatalogue).filter(isFaultName)

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultCatalogue, name)
}

export function faultEntry(name: FaultName): FaultEntry {
  return faultCatalogue[name]
}
