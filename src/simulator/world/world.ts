/**
 * Everything one simulator holds: its settings, clock, random numbers, requests, files, keys and the counts that
 * tests read.
 */

import type { EventEmitter } from 'node:events'
import type { SimulatorClock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { FaultPlan } from '../faults/plan.ts'
import type { FileAccess } from './file-access.ts'
import type { FileStore } from './file-store.ts'
import type { GivenModel } from './given-model.ts'
import type { LedgerEntry } from './ledger.ts'
import type { QueueRequest } from './queue-request.ts'
import type { SimulatorSettings } from './settings.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { UploadStore } from './upload-store.ts'

/** One submit that reached the queue, accepted or not. */
export interface SubmitRecord {
  readonly at: string
  readonly endpointId: string
  readonly prompt: string
  /** Null: nothing was accepted. */
  readonly requestId: string | null
  /** HTTP status answered; 0 = the connection was cut. */
  readonly statusCode: number
  readonly key: string | undefined
}

export interface CdnRead {
  readonly at: string
  readonly method: string
  readonly path: string
  readonly statusCode: number
}

export interface World {
  readonly settings: SimulatorSettings
  /** Models that were given, by endpoint id. */
  readonly models: Map<string, GivenModel>
  readonly clock: SimulatorClock
  readonly random: Random
  readonly faults: FaultPlan
  readonly requests: Map<string, QueueRequest>
  /** Emits a request's id whenever its status changes. */
  readonly changes: EventEmitter
  readonly submits: SubmitRecord[]
  readonly ledger: LedgerEntry[]
  /** Accepted requests, those dropped since included. */
  acceptedCount: number
  readonly acceptedByPrompt: Map<string, number>
  readonly files: FileStore
  readonly fileAccess: FileAccess
  readonly uploads: UploadStore
  readonly cdnReads: CdnRead[]
  readonly signing: SigningKeys
  readonly access: {
    /** Accepted keys; empty = any `id:secret`. */
    readonly keys: ReadonlySet<string>
    readonly revoked: Set<string>
    readonly userId: string
  }
  /** Faults of the simulator itself: always empty unless it has a bug. */
  readonly problems: string[]
  /** The queue answers 503 to every call. */
  queueIsDown: boolean
  /** The Platform API answers 500 to every call. */
  platformIsDown: boolean
  /** Real ms until which the key set answers 503. */
  jwksDownUntil: number
  jwksReads: number
}
