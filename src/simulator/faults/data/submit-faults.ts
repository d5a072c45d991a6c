/** Data: the faults of the submit; `actsIn` names the files that act them. */

import { always, type FaultEntry } from './fault-entry.ts'

export const submitFaults = {
  'submit-cut-before': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'cuts the connection; nothing is accepted',
    actsIn: ['queue/take-submit.ts'],
  },
  'submit-cut-after': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'accepts (and bills) the request, then cuts the connection',
    actsIn: ['queue/take-submit.ts'],
  },
  'submit-429': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'answers 429; nothing is accepted',
    actsIn: ['queue/take-submit.ts'],
  },
  'submit-503': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'answers 503; nothing is accepted',
    actsIn: ['queue/take-submit.ts'],
  },
  'submit-500': {
    where: 'submit',
    repeat: 1,
    survivable: false,
    does: 'answers 500; nothing is accepted',
    actsIn: ['queue/take-submit.ts'],
  },
  'submit-slow': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'accepts, answers late',
    value: { means: 'real seconds', otherwise: 2 },
    actsIn: ['queue/submit-call.ts'],
  },
  'submit-garbage': {
    where: 'submit',
    repeat: 1,
    survivable: true,
    does: 'accepts, answers 200 with HTML in place of JSON',
    actsIn: ['queue/submit-call.ts'],
  },
  'submit-no-urls': {
    where: 'submit',
    repeat: always,
    survivable: true,
    does: 'accepts, answers with null URLs',
    actsIn: ['queue/queue-answers.ts'],
  },
  'balance-exhausted': {
    where: 'submit',
    repeat: always,
    survivable: false,
    does: 'answers 403 "User is locked. Reason: Exhausted balance."; nothing is accepted',
    actsIn: ['queue/take-submit.ts'],
  },
  'key-revoked': {
    where: 'submit',
    repeat: always,
    survivable: false,
    does: 'answers 401 "No user found for Key ID and Secret"; nothing is accepted',
    actsIn: ['queue/take-submit.ts'],
  },
  'unknown-app': {
    where: 'submit',
    repeat: always,
    survivable: false,
    does: 'answers 404 "Application not found"',
    actsIn: ['queue/take-submit.ts'],
  },
} as const satisfies Record<string, FaultEntry>
