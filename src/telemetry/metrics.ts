/**
 * What the service measures of itself, for Prometheus: every metric is declared once, with bounded labels, beside what
 * feeds it. The use cases know nothing of it; the wiring subscribes it to what they and the adapters report.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import { type DeclareMetrics, declaringIn } from './declare-metrics.ts'
import { databaseGauges, processGauges } from './gauges.ts'
import { jobMetrics } from './job-metrics.ts'

export type Metrics = ReturnType<typeof createMetrics>

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const declare = declaringIn(registry)
  const { callbackDelivered, ...ofJobs } = jobMetrics(declare)
  const archiveTroubles = declare.counter(
    'archive_troubles_total',
    'Files that could not be copied, once a try, by kind of failure.',
    ['trouble'],
    ['gone', 'forbidden', 'later', 'broken', 'foreign', 'refused'].map((trouble) => ({ trouble })),
  )
  const callbacks = declare.counter('callbacks_total', 'Callback attempts by outcome.', ['verdict'])
  return {
    registry,
    ...requestMetrics(declare),
    ...ofJobs,
    ...falMetrics(declare),
    archiveTrouble: (trouble: string) => archiveTroubles.inc({ trouble }),
    callback(verdict: string, sinceMs: number) {
      callbacks.inc({ verdict })
      if (verdict === 'delivered') callbackDelivered(sinceMs)
    },
    showDatabase: declare.gauges(databaseGauges),
    showProcess: declare.gauges(processGauges),
  }
}

function requestMetrics({ counter, histogram }: DeclareMetrics) {
  const requests = histogram(
    'http_request_seconds',
    'Time to answer a request.',
    ['method', 'route', 'status'],
    requestBuckets,
  )
  const wrongKeys = counter('wrong_keys_total', 'Requests with an unknown API key.', [])
  const shed = counter(
    'requests_shed_total',
    'Requests shed with 503 under overload.',
    ['reason'],
    ['event_loop', 'database', 'backlog'].map((reason) => ({ reason })),
  )
  return {
    request: (method: string, route: string, status: number, seconds: number) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    wrongKey: () => wrongKeys.inc(),
    shed: (reason: string) => shed.inc({ reason }),
  }
}

function falMetrics({ counter }: DeclareMetrics) {
  const submits = counter('submits_total', "FAL's answers to submits.", ['answer'])
  const polls = counter('looks_total', 'Polls of FAL by outcome.', ['outcome'])
  const billReads = counter(
    'bill_looks_total',
    'Reads of the bill of a finished request, by outcome.',
    ['answer'],
    ['reported', 'running', 'forgotten', 'silent'].map((answer) => ({ answer })),
  )
  const compared = counter(
    'billing_compared_micros_total',
    "Micro-USD of FAL's billing events that were compared with the costs of jobs.",
    [],
  )
  const drift = counter(
    'billing_drift_micros_total',
    "Micro-USD by which FAL's billing events differ from what was known: over, FAL billed more; under, less.",
    ['direction'],
    ['over', 'under'].map((direction) => ({ direction })),
  )
  const webhooks = counter('webhooks_total', "Verdicts on FAL's webhooks.", ['verdict'])
  const modelChanges = counter(
    'model_changes_total',
    'Changes of models in use at FAL: document, price (by more than a third) or retired.',
    ['what'],
    ['document', 'price', 'retired'].map((what) => ({ what })),
  )
  const keyFallbacks = counter('fal_key_fallbacks_total', 'Submits for which FAL refused FAL_KEY_NEW.', [])
  return {
    submitted: (answer: string) => submits.inc({ answer }),
    polled: (outcome: string) => polls.inc({ outcome }),
    billsCompared(amounts: { compared: number; over: number; under: number }) {
      compared.inc(amounts.compared)
      drift.inc({ direction: 'over' }, amounts.over)
      drift.inc({ direction: 'under' }, amounts.under)
    },
    billRead: (answer: string) => billReads.inc({ answer }),
    webhook: (verdict: string) => webhooks.inc({ verdict }),
    keyFallback: () => keyFallbacks.inc(),
    modelChanged: (what: string) => modelChanges.inc({ what }),
  }
}
