/** Runs once after the suite: nothing of it keeps running. */
import { startCluster } from './database.ts'

const cluster = await startCluster()
await cluster.stop()
