/** Wires what the drop-in proxy for FAL's official client needs beside the job's own use cases. */
import type { Config } from '../config/config.ts'
import type { CreateJob } from '../jobs/create/create-job.ts'
import { makeProxySubmit } from '../jobs/proxy/proxy-submit.ts'
import type { FalStorage } from '../ports/fal-storage.ts'

export function createProxy({ proxy }: Config, createJob: CreateJob, storage: FalStorage) {
  return {
    proxySubmit: makeProxySubmit({ createJob, allowedModels: proxy.allowedModels }),
    storage,
    archiveWaitMs: proxy.archiveWaitMs,
  }
}
