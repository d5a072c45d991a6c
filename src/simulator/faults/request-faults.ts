/**
 * The faults attached to one request: each point of its life asks for its fault, and each strike is counted and
 * reported.
 */

import { type FaultName, faultEntry } from './catalogue.ts'
import type { FaultEntry } from './data/fault-entry.ts'

export interface ActiveFault {
  readonly name: FaultName
  readonly value: string | number | undefined
  /** Strikes left; shared between submits of one input for the faults of `submit`. */
  left: number
}

export class RequestFaults {
  readonly #active: readonly ActiveFault[]
  readonly #onStrike: (name: FaultName) => void

  constructor(active: readonly ActiveFault[], onStrike: (name: FaultName) => void) {
    this.#active = active
    this.#onStrike = onStrike
  }

  get names(): readonly FaultName[] {
    return this.#active.map((fault) => fault.name)
  }

  /** True while the fault has strikes left; uses none up. */
  has(name: FaultName): boolean {
    return this.#active.some((fault) => fault.name === name && fault.left > 0)
  }

  /** Uses up one strike: true when the fault is to happen now. */
  strike(name: FaultName): boolean {
    const fault = this.#active.find((candidate) => candidate.name === name && candidate.left > 0)
    if (!fault) return false
    fault.left -= 1
    this.#onStrike(name)
    return true
  }

  /** The fault's value as a number, else the default of its table. */
  number(name: FaultName): number {
    const chosen = Number(this.#value(name))
    return Number.isFinite(chosen) ? chosen : Number(faultEntry(name).value?.otherwise ?? 0)
  }

  text(name: FaultName): string {
    return String(this.#value(name) ?? '')
  }

  #value(name: FaultName): string | number | undefined {
    const entry: FaultEntry = faultEntry(name)
    return this.#active.find((fault) => fault.name === name)?.value ?? entry.value?.otherwise
  }
}

export const noFaults = new RequestFaults([], () => {})
