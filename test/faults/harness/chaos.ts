/** What goes wrong, and when: drawn from the seed alone, so that the same seed plans the same misfortunes. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createRandom } from '../../../src/simulator/base/random.ts'
import type { Simulator } from '../../../src/simulator/simulator.ts'
import { silenceTasks } from '../../support/engine-tables.ts'
import type { Cluster } from './cluster.ts'
import type { Replica } from './replica.ts'

export const misfortunes = {
  /** `kill -9` of a replica. */
  killReplica: 6,
  /** SIGTERM, as in a rolling deploy. */
  stopReplica: 3,
  /** `kill -9` of the database; back after a moment. */
  killDatabase: 2,
  /** Every connection to the database is cut. */
  cutDatabase: 2,
  /** Live workers are taken for dead, as after a blocked event loop: their tasks run a second time beside the first. */
  takeForDead: 3,
  /** FAL's queue answers 503. */
  falDown: 2,
  /** FAL refuses connections. */
  falRefuses: 1,
  platformDown: 1,
  keySetDown: 1,
} as const
export type Misfortune = keyof typeof misfortunes

export interface Planned {
  atMs: number
  what: Misfortune
  /** Picks the replica. */
  which: number
  /** How long it lasts, where it lasts. */
  forMs: number
}

export function planChaos(seed: number, lastsMs: number, pauseMs: number): Planned[] {
  const random = createRandom(seed)
  const bag = Object.entries(misfortunes).flatMap(([what, weight]) =>
    Array.from({ length: weight }, () => what as Misfortune),
  )
  const plan: Planned[] = []
  for (let at = 500 + random.below(pauseMs); at < lastsMs; at += pauseMs / 4 + random.below(1.5 * pauseMs)) {
    const what = bag[random.below(bag.length)] ?? 'killReplica'
    plan.push({ atMs: at, what, which: random.below(1_000), forMs: 200 + random.below(1_800) })
  }
  return plan
}

export interface Victims {
  replicas: Replica[]
  cluster: Cluster
  databaseUrl: string
  simulator: Simulator
  note: (line: string) => void
}

/** Carries the plan out, one misfortune after the other; a long one delays the next. Everything is up when it resolves. */
export async function wreak(plan: Planned[], victims: Victims): Promise<void> {
  const begun = performance.now()
  for (const planned of plan) {
    await sleep(Math.max(0, planned.atMs - (performance.now() - begun)))
    victims.note(`${Math.round(planned.atMs)} ms ${planned.what}`)
    await strike(planned, victims)
  }
}

async function strike({ what, which, forMs }: Planned, victims: Victims): Promise<void> {
  const { replicas, cluster, simulator } = victims
  const replica = replicas[which % replicas.length]
  switch (what) {
    case 'killReplica':
      return replica?.kill()
    case 'stopReplica':
      return replica?.terminate()
    case 'killDatabase':
      await cluster.kill()
      await sleep(forMs / 2)
      return cluster.start()
    case 'cutDatabase':
      return cluster.cut()
    case 'takeForDead':
      return silenceWorkers(victims.databaseUrl)
    case 'falDown':
      await simulator.admin.down('503')
      await sleep(forMs)
      return simulator.admin.up()
    case 'falRefuses':
      await simulator.admin.down('refuse')
      await sleep(forMs)
      return simulator.admin.up()
    case 'platformDown':
      await simulator.admin.down('platform')
      await sleep(forMs)
      return simulator.admin.up()
    case 'keySetDown':
      return simulator.admin.jwksDown(forMs / 1_000)
  }
}

/** Heartbeats as they would be had no worker been heard of for a minute: what a waiting test would have to wait out. */
export async function silenceWorkers(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await silenceTasks(client)
  } catch {
    // The database is down just now: then nobody beats anyway.
  } finally {
    await client.end().catch(() => undefined)
  }
}
