/** Creates or updates the engine's schema and queues: once per deploy (`fal-jobs migrate`) or at start, under a lock. */
import { PgBoss } from 'pg-boss'
import type { Logger } from '../ports/logger.ts'
import { taskQueues } from '../ports/tasks.ts'
import { deadQueue, deleteAfterSeconds, heartbeatSeconds, queueSettings } from './queues.ts'

export async function migrateEngine(options: {
  url: string
  log: Logger
  /** Further settings of its connections, as the driver has them. */
  connection?: object
  /** The schema was made by the owner of the database, whose role may not make one. */
  hasSchema?: boolean
}): Promise<void> {
  const boss = new PgBoss({
    connectionString: options.url,
    ...options.connection,
    supervise: false,
    schedule: false,
    max: 2,
    createSchema: options.hasSchema !== true,
  })
  boss.on('error', (error) => options.log.warn({ err: error }, 'task engine'))
  await boss.start()
  try {
    if ((await boss.getQueue(deadQueue)) === null)
      await boss.createQueue(deadQueue, { retentionSeconds: 7_776_000 })
    for (const queue of taskQueues) {
      const { workers: _workers, policy, deadLetter, ...settings } = queueSettings[queue]
      const wanted = {
        ...settings,
        retryBackoff: true,
        heartbeatSeconds,
        deleteAfterSeconds,
        ...(deadLetter === null ? {} : { deadLetter }),
      }
      // createQueue leaves an existing queue as it is.
      if ((await boss.getQueue(queue)) === null) await boss.createQueue(queue, { policy, ...wanted })
      else await boss.updateQueue(queue, wanted)
    }
  } finally {
    await boss.stop({ graceful: true, timeout: 5_000 })
  }
}
