/** Starts a local FAL on one port: queue, webhooks, key set, CDN, storage and Platform API, with faults on demand. */

import { EventEmitter } from 'node:events'
import { createAdmin } from './admin/create-admin.ts'
import type { SimulatorAdmin } from './admin/simulator-admin.ts'
import { createClock, type SimulatorClock } from './base/clock.ts'
import { createRandom } from './base/random.ts'
import { createFaultPlan } from './faults/plan.ts'
import { createPortSwitch, openBackupPort } from './port-switch.ts'
import { createQueueEngine } from './queue/queue-engine.ts'
import { checkScript, type SimulatorScript } from './script.ts'
import { buildServer } from './server.ts'
import { createWebhookSender } from './webhooks/webhook-sender.ts'
import { createFileAccess } from './world/file-access.ts'
import { createFileStore } from './world/file-store.ts'
import type { GivenModel } from './world/given-model.ts'
import { settingsWith } from './world/settings.ts'
import { createSigningKeys } from './world/signing-keys.ts'
import { createUploadStore } from './world/upload-store.ts'
import type { World } from './world/world.ts'

export interface SimulatorOptions {
  /** 0 (default) = a free one. */
  readonly port?: number
  /** Opens a second port, 0 = a free one, that takes calls while those to the first are refused: FAL's backup hosts. */
  readonly backupPort?: number | undefined
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Simulated seconds per real second; default 1. */
  readonly speed?: number
  readonly script?: SimulatorScript
  /** Models beside those it knows, or FAL's documents of those. */
  readonly models?: readonly GivenModel[]
  /** Of ids, signing keys, and the random mode; drawn when absent. */
  readonly seed?: number | undefined
  /** Accepted `id:secret` keys; default: any. */
  readonly keys?: readonly string[]
  /** The account named in webhooks. */
  readonly userId?: string
  readonly log?: boolean
  /**
   * The URL by which callers reach it through a reverse proxy; links and bases begin with it. Default: as each call
   * came.
   */
  readonly publicUrl?: string | undefined
}

export interface Simulator {
  /** `http://127.0.0.1:PORT`, or the public URL. */
  readonly url: string
  /** Where it listens, whatever its public URL is. */
  readonly localUrl: string
  /** Where FAL's backup hosts are, when there is a second port. */
  readonly backupUrl: string | undefined
  readonly queueBase: string
  readonly restBase: string
  readonly platformBase: string
  /** FAL's web host: the documents of single models. */
  readonly schemaBase: string
  readonly jwksUrl: string
  readonly cdnBase: string
  readonly clock: SimulatorClock
  readonly admin: SimulatorAdmin
  close(): Promise<void>
}

/** @throws TypeError for a script or a public URL that is not one, RangeError for a speed that is not above 0 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world = createWorld(options)
  const webhooks = createWebhookSender(world)
  const engine = createQueueEngine(world, webhooks)
  const { host = '127.0.0.1', backupPort } = options
  const port = createPortSwitch(host, options.port ?? 0)
  const admin = createAdmin(world, engine, webhooks, port)
  const { log = false, publicUrl } = options
  const app = await buildServer({ world, engine, webhooks, admin, log, publicUrl })
  await app.ready()
  port.attach(app.server)
  await port.open()
  const backup = backupPort === undefined ? undefined : await openBackupPort(app.server, host, backupPort)
  const localUrl = port.url()
  const url = publicUrl?.replace(/\/+$/, '') ?? localUrl
  return {
    url,
    localUrl,
    backupUrl: backup?.url,
    queueBase: `${url}/queue.fal.run`,
    restBase: `${url}/rest.fal.ai`,
    platformBase: `${url}/api.fal.ai/v1`,
    schemaBase: `${url}/fal.ai`,
    jwksUrl: `${url}/rest.fal.ai/.well-known/jwks.json`,
    cdnBase: `${url}/v3.fal.media`,
    clock: world.clock,
    admin,
    async close() {
      world.clock.clear()
      await webhooks.close()
      await port.close()
      await backup?.close()
      await app.close()
    },
  }
}

function createWorld(options: SimulatorOptions): World {
  const script = checkScript(options.script ?? {})
  const { speed = 1 } = options
  if (!(speed > 0)) throw new RangeError('speed must be above 0')
  const random = createRandom(options.seed ?? Math.floor(Math.random() * 2 ** 31))
  const settings = settingsWith(script.settings ?? {})
  const changes = new EventEmitter()
  changes.setMaxListeners(0)
  const clock = createClock(speed)
  return {
    settings,
    clock,
    models: new Map(
      [...(script.models ?? []), ...(options.models ?? [])].map((model) => [model.endpointId, model]),
    ),
    random,
    faults: createFaultPlan(script, createRandom(random.seed + 1)),
    requests: new Map(),
    changes,
    submits: [],
    ledger: [],
    acceptedCount: 0,
    acceptedByPrompt: new Map(),
    files: createFileStore(),
    fileAccess: createFileAccess(clock, random),
    uploads: createUploadStore(),
    cdnReads: [],
    signing: createSigningKeys(random, settings.fastSigner),
    access: { keys: new Set(options.keys), revoked: new Set(), userId: options.userId ?? 'user_simulator' },
    problems: [],
    queueIsDown: false,
    platformIsDown: false,
    jwksDownUntil: 0,
    jwksReads: 0,
  }
}
