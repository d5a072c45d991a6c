/** Data: the faults of cancelling; `actsIn` names the files that implement them. */

import { always, type FaultEntry } from './fault-entry.ts'

export const cancelFaults = {
  'cancel-ignored': {
    where: 'cancel',
    repeat: always,
    survivable: true,
    does: 'the app ignores the cancel and completes',
    actsIn: ['queue/queue-engine.ts'],
  },
  'cancel-too-late': {
    where: 'cancel',
    repeat: always,
    survivable: true,
    does: 'the request completes just before the cancel: 400 ALREADY_COMPLETED',
    actsIn: ['queue/request-calls.ts'],
  },
  'cancel-503': {
    where: 'cancel',
    repeat: 1,
    survivable: true,
    does: 'the cancel answers 503',
    actsIn: ['queue/request-calls.ts'],
  },
  'cancel-success-shape': {
    where: 'cancel',
    repeat: always,
    survivable: true,
    does: 'the cancel answers 200 {"success":true}, the oldest documented form',
    actsIn: ['queue/request-calls.ts'],
  },
} as const satisfies Record<string, FaultEntry>
