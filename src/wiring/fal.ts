/** The second of the service's four parts: the FAL client, the submit circuit breaker, and FAL's keys and prices. */

import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { BodySender } from '../http/requests/body-reader.ts'
import { makeWebhookSenderOf } from '../http/requests/webhook-sender.ts'
import { createFal, type FalClient, usualResultBytes } from '../infra/fal/fal-client.ts'
import { createWebhookVerifier, type FalWebhookVerifier } from '../infra/fal/fal-webhook-verifier.ts'
import type { FalKeys } from '../infra/fal/key-ring.ts'
import { createWebhookAddresses } from '../infra/fal/webhook-addresses.ts'
import { isPublicAddress } from '../infra/outbound/public-address.ts'
import { createLivePrices, type LivePriceBook } from '../jobs/create/live-prices.ts'
import { makeRuleCost, type RuleCost } from '../jobs/run/rule-cost.ts'
import { createSubmitBreaker, type SubmitBreaker } from '../jobs/run/submit-breaker.ts'
import { pricedEndpoints } from '../models/price.ts'
import type { Clock } from '../ports/clock.ts'
import { copiesInMemory, type MemoryBudget } from '../ports/memory-budget.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface FalPart extends AsyncDisposable {
  client: FalClient
  /** The submit circuit breaker, which opens when FAL refuses or is unreachable. */
  breaker: SubmitBreaker
  verifier: FalWebhookVerifier
  livePrices: LivePriceBook
  ruleCost: RuleCost
  /** Notes a comparison with FAL's statement. */
  billsCompared: Metrics['billsCompared']
  /** Whose body it is, for the bounds of bodies that are not yet verified. */
  webhookSenderOf: (address: string) => BodySender
  /** The FAL keys of this configuration from now on; jobs under way keep the key that sent them while it is known. */
  useKeys(config: Config): void
  start(): void
}

export interface FalPartOptions {
  config: Config
  clock: Clock
  log: Logger
  memory: MemoryBudget
  metrics: Metrics
}

/** A larger one would take the process with it, again and again, each time that FAL is polled. */
const readableResultBytes = ({ totalBytes }: MemoryBudget): number =>
  Math.min(usualResultBytes, Math.floor(totalBytes / copiesInMemory))

/** Nothing is sent before `start()`, which waits for nothing. */
export function createFalPart({ config, clock, log, memory, metrics }: FalPartOptions): FalPart {
  const opened = new AsyncDisposableStack()
  const { queueBase, apiBase, platformBase, schemaBase, timeoutMs, resultMaxBytes, allowLoopback, jwksUrl } =
    config.fal
  const breaker = createSubmitBreaker({
    clock,
    onChange(pauseMs) {
      if (pauseMs === null) log.info('circuit closed: FAL answers again, submits resume')
      else log.warn({ pauseMs }, 'circuit open: FAL refuses or is unreachable, submits are held')
    },
  })
  const client = createFal({
    queueBase,
    apiBase,
    platformBase,
    schemaBase,
    keys: keysOf(config),
    billingKey: config.billingKey,
    timeoutMs,
    resultMaxBytes: resultMaxBytes ?? readableResultBytes(memory),
    allowLoopback,
    proxy: config.outgoingProxy,
    log,
    onKeyFallback: metrics.keyFallback,
    onSubmitted(answer) {
      const isOffline = answer.type === 'later' && answer.code === 'MODEL_OFFLINE'
      metrics.submitted(isOffline ? 'model_offline' : answer.type)
      breaker.saw(answer)
    },
    onPolled: (outcome) => metrics.polled(outcome.type),
    onBillRead: (answer) => metrics.billRead(answer.type),
  })
  opened.defer(() => client.close())
  const verifier = createWebhookVerifier({
    jwksUrl,
    allowLoopback,
    clock,
    log,
    dispatcher: client.asking,
  })
  const addresses = createWebhookAddresses({ platformBase, dispatcher: client.asking, log })
  opened.defer(() => addresses.stop())
  const endpoints = pricedEndpoints()
  const livePrices = createLivePrices({ fetchPrices: client.fetchPrices, endpoints, clock, log })
  opened.defer(() => livePrices.stop())
  return {
    client,
    breaker,
    verifier,
    livePrices,
    ruleCost: makeRuleCost({ livePrices: livePrices.known, log }),
    billsCompared: metrics.billsCompared,
    webhookSenderOf: makeWebhookSenderOf({ isPublic: isPublicAddress, isFal: addresses.has }),
    useKeys: (changed) => client.useKeys(keysOf(changed)),
    start() {
      // Fetch the key set early: the first webhook must not wait for it, and without one FAL has to retry.
      void verifier.warm()
      addresses.start()
      void livePrices.prices()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const keysOf = ({ fal: { key, keyNew } }: Config): FalKeys => ({
  primary: key,
  ...(keyNew === null ? {} : { next: keyNew }),
})
