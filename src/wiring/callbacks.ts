/** Wires the callbacks to clients: their store, the guarded sender, delivering one and testing an endpoint. */
import type { Config } from '../config/config.ts'
import { createCallbackSender } from '../infra/outbound/callback-sender.ts'
import { makeProblemOfUrl } from '../infra/outbound/callback-url.ts'
import { createCallbackStore } from '../infra/postgres/callbacks/callback-store.ts'
import type { StoreContext } from '../infra/postgres/connection/store-context.ts'
import { makeDeliverCallback } from '../jobs/callbacks/deliver-callback.ts'
import { createReceiverSlots } from '../jobs/callbacks/receiver-slots.ts'
import { makeTestCallback } from '../jobs/callbacks/test-callback.ts'
import type { CallbackStore, CallbackVerdict } from '../ports/callbacks.ts'
import type { Logger } from '../ports/logger.ts'
import { queueSettings } from '../worker/queues.ts'

export type Callbacks = ReturnType<typeof createCallbacks>

/** `onTried` is called for every recorded attempt, with the time since its event. */
export function createCallbacks(
  config: Config,
  context: StoreContext,
  log: Logger,
  onTried: (verdict: CallbackVerdict['type'], sinceMs: number) => void,
) {
  const { clock } = context
  const allowPrivate = config.callbackAllowPrivate
  const store = createCallbackStore(context)
  const callbacks: CallbackStore = {
    ...store,
    async settle(callback, attempt, verdict, task) {
      await store.settle(callback, attempt, verdict, task)
      onTried(verdict.type, clock.now() - callback.createdAt)
    },
  }
  const sender = createCallbackSender({ allowPrivate, clock, proxy: config.outgoingProxy })
  const checkUrl = makeProblemOfUrl({ allowPrivate })
  const { workers } = queueSettings.callback
  const slots = createReceiverSlots({ each: Math.floor(workers / 4), slowEach: 2, clock })
  // Tests of endpoints have slots of their own: they must not take those of callbacks.
  const testSlots = createReceiverSlots({ each: 2, slowEach: 2, clock })
  return {
    store: callbacks,
    checkUrl,
    deliverCallback: makeDeliverCallback({ callbacks, sender, slots, clock, random: Math.random, log }),
    testCallback: makeTestCallback({ callbacks, sender, slots: testSlots, checkUrl, clock }),
    [Symbol.asyncDispose]: () => sender.close(),
  }
}
