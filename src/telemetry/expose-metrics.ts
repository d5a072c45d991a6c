/** Answers a scrape: the database's gauges are read now, and when they cannot be, they stay as they were. */
import type { Logger } from '../ports/logger.ts'
import type { DatabaseReadings, ProcessReadings } from './gauges.ts'
import type { Metrics } from './metrics.ts'

export interface ExposeMetricsDeps {
  metrics: Pick<Metrics, 'registry' | 'showDatabase' | 'showProcess'>
  readDatabase: () => Promise<DatabaseReadings>
  readProcess: () => Omit<ProcessReadings, 'databaseAnswered'>
  log: Pick<Logger, 'warn'>
}

/** The Prometheus exposition. */
export type ExposeMetrics = () => Promise<{ text: string; contentType: string }>

export function makeExposeMetrics(deps: ExposeMetricsDeps): ExposeMetrics {
  const { metrics, readDatabase, readProcess, log } = deps

  return async function exposeMetrics() {
    const ofProcess = readProcess()
    const found = await readDatabase().catch((error: unknown) => {
      log.warn({ err: error }, 'the gauges of the database could not be read')
      return null
    })
    if (found !== null) metrics.showDatabase(found)
    metrics.showProcess({ ...ofProcess, databaseAnswered: found !== null })
    return { text: await metrics.registry.metrics(), contentType: metrics.registry.contentType }
  }
}
