/** Wires what the drop-in proxy for FAL's official client needs beside the job's own use cases. */
import type { Config } from '../config/config.ts'
import { createFalStorage } from '../infra/fal/storage.ts'
import type { CreateJob } from '../jobs/create/create-job.ts'
import { makeProxySubmit } from '../jobs/proxy/proxy-submit.ts'

export function createProxy({ fal, proxy }: Config, createJob: CreateJob) {
  const { key, keyNew, apiBase, timeoutMs } = fal
  return {
    proxySubmit: makeProxySubmit({ createJob, allowedModels: proxy.allowedModels }),
    storage: createFalStorage({
      apiBase,
      timeoutMs,
      keys: { primary: key, ...(keyNew === null ? {} : { next: keyNew }) },
    }),
    archiveWaitMs: proxy.archiveWaitMs,
  }
}
