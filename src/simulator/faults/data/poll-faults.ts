/** Data: the faults of status and result; `actsIn` names the files that implement them. */

import { always, type FaultEntry } from './fault-entry.ts'

export const pollFaults = {
  'status-503': {
    where: 'poll',
    repeat: 2,
    survivable: true,
    does: 'a status call answers 503',
    actsIn: ['queue/request-calls.ts'],
  },
  'status-cut': {
    where: 'poll',
    repeat: 2,
    survivable: true,
    does: 'a status call is cut',
    actsIn: ['queue/request-calls.ts'],
  },
  'status-slow': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a status call is late',
    value: { means: 'real seconds', otherwise: 2 },
    actsIn: ['queue/request-calls.ts'],
  },
  'status-404': {
    where: 'poll',
    repeat: always,
    survivable: false,
    does: 'status calls on the app-only URL answer 404 "Path /x not found"',
    actsIn: ['queue/request-calls.ts'],
  },
  'status-garbage': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a status call answers 200 with HTML',
    actsIn: ['queue/request-calls.ts'],
  },
  'status-unknown-word': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a status call answers 202 with a status word that FAL never sends',
    actsIn: ['queue/request-calls.ts'],
  },
  'poll-401': {
    where: 'poll',
    repeat: always,
    survivable: false,
    does: 'status and result calls answer 401: the key was revoked after the submit',
    value: { means: 'its words', otherwise: 'invalid key credentials' },
    actsIn: ['queue/request-calls.ts'],
  },
  'result-503': {
    where: 'poll',
    repeat: 2,
    survivable: true,
    does: 'a result call answers 503 from an ingress page, without x-fal-request-id',
    actsIn: ['queue/request-calls.ts'],
  },
  'result-late': {
    where: 'poll',
    repeat: always,
    survivable: true,
    does: 'the status says COMPLETED, but result calls answer 503 for a while, its life running',
    value: { means: 'simulated seconds after completion', otherwise: 120 },
    actsIn: ['queue/request-calls.ts'],
  },
  'result-cut': {
    where: 'poll',
    repeat: 1,
    survivable: true,
    does: 'a result call is cut in the middle of the body',
    actsIn: ['queue/request-calls.ts'],
  },
  'result-expired': {
    where: 'poll',
    repeat: always,
    survivable: false,
    does: 'the result is forgotten at completion; stored payloads stay',
    actsIn: ['world/queue-request.ts'],
  },
  'logs-legacy': {
    where: 'poll',
    repeat: always,
    survivable: true,
    does: 'log entries carry `labels`, no `level` or `source`',
    actsIn: ['queue/request-logs.ts'],
  },
} as const satisfies Record<string, FaultEntry>
