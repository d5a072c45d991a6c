/** Walks what is kept of FAL's models, page by page, in the order of the endpoint ids and without their documents. */
import type { ModelStore, StoredModel } from '../../ports/model-store.ts'

export type KeptModel = Omit<StoredModel, 'facts'>

const pageSize = 1_000

/** `atMost` is a multiple of a thousand. */
export async function* keptModels(
  store: Pick<ModelStore, 'list'>,
  atMost = Number.POSITIVE_INFINITY,
): AsyncGenerator<KeptModel> {
  let after: string | null = null
  for (let read = 0; read < atMost; read += pageSize) {
    const page = await store.list({ after, limit: pageSize })
    yield* page
    if (page.length < pageSize) return
    after = page.at(-1)?.endpointId ?? null
  }
}
