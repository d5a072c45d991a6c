/**
 * What a finished job cost by the catalogue's rule over the facts of its result: an estimate that stands until FAL
 * reports its bill. null when the facts decide no price; never throws, since the job is done.
 */
import type { Job, Media } from '../../domain/job.ts'
import { mostBillMicros } from '../../domain/money/bill.ts'
import type { PriceFacts } from '../../domain/money/pricing.ts'
import type { Outcome } from '../../domain/outcome/outcome.ts'
import { findModel, type ModelEntry } from '../../models/catalogue.ts'
import { type LivePrices, priceInput } from '../../models/price.ts'
import type { Logger } from '../../ports/logger.ts'

export interface RuleCostDeps {
  livePrices: () => LivePrices
  log: Pick<Logger, 'warn'>
}

export type Completed = Extract<Outcome, { type: 'completed' }>

/** Micro-USD, or null. */
export type RuleCost = (job: Job, outcome: Completed) => number | null

export function makeRuleCost({ livePrices, log }: RuleCostDeps): RuleCost {
  return function ruleCost(job, outcome) {
    try {
      const entry = findModel(job.endpointId)
      if (entry === undefined) return null
      const micros = ofFacts(entry, job, outcome, livePrices())
      return micros !== null && Number.isSafeInteger(micros) && micros >= 0 && micros <= mostBillMicros
        ? micros
        : null
    } catch (error) {
      log.warn({ err: error, jobId: job.id }, 'cost of a finished job could not be computed')
      return null
    }
  }
}

function ofFacts(entry: ModelEntry, job: Job, outcome: Completed, livePrices: LivePrices): number | null {
  const facts = factsOf(entry, outcome)
  if (!decide(entry, job, facts)) return null
  return priceInput(entry, job.input, { facts, livePrices }).estimatedMicros
}

function factsOf(entry: ModelEntry, outcome: Completed): PriceFacts {
  const files = outcome.media.filter((media) => isMain(entry, media))
  const first = files[0]
  return {
    ...(files.length === 0 ? {} : { outputFiles: files.length }),
    ...defined('outputWidth', first?.width),
    ...defined('outputHeight', first?.height),
    ...defined('outputSeconds', first?.durationSeconds),
    ...defined('computeSeconds', outcome.inferenceSeconds),
  }
}

/** Whether the facts determine the price better than the request did. */
function decide({ price }: ModelEntry, job: Job, facts: PriceFacts): boolean {
  switch (price.quantity.by) {
    case 'images':
      return facts.outputFiles !== undefined
    case 'imageMegapixels':
      return (
        facts.outputFiles !== undefined && facts.outputWidth !== undefined && facts.outputHeight !== undefined
      )
    case 'seconds':
      return job.input[price.quantity.field] === undefined && facts.outputSeconds !== undefined
    case 'outputVideoSeconds':
    case 'outputVideoMinutes':
    case 'outputImageMegapixels':
    case 'outputVideoMegapixels':
    case 'computeSeconds':
      return true
    default:
      return false
  }
}

/** The primary output files, without masks, previews and copies. */
function isMain({ output }: ModelEntry, { path }: Media): boolean {
  return path.replace(/\[\d+\]$/, '[]') === output.urlPath.replace(/\.url$/, '')
}

function defined<K extends string>(name: K, value: number | null | undefined): { [key in K]?: number } {
  const record: { [key in K]?: number } = {}
  if (value !== null && value !== undefined) record[name] = value
  return record
}
