/** Answers a scrape: the database's gauges are read now, and when they cannot be, everything else is still there. */
import type { Logger } from '../ports/logger.ts'
import type { GaugeReadings, Metrics, ProcessReadings } from './metrics.ts'

export interface ExposeMetricsDeps {
  metrics: Metrics
  readProcess: () => ProcessReadings
  readDatabase: () => Promise<GaugeReadings>
  log: Pick<Logger, 'warn'>
}

/** The Prometheus exposition. */
export type ExposeMetrics = () => Promise<{ text: string; contentType: string }>

export function makeExposeMetrics(deps: ExposeMetricsDeps): ExposeMetrics {
  const { metrics, readProcess, readDatabase, log } = deps

  return async function exposeMetrics() {
    metrics.process(readProcess())
    const found = await readDatabase().catch((error: unknown) => {
      log.warn({ err: error }, 'the gauges of the database could not be read')
      return null
    })
    metrics.snapshot(found)
    return { text: await metrics.registry.metrics(), contentType: metrics.registry.contentType }
  }
}
