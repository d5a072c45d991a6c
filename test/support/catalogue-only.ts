/** A model book that knows the catalogue only, and never asks FAL. */
import type { ModelBook } from '../../src/jobs/models/model-book.ts'
import { resolveModel } from '../../src/models/resolve.ts'

export const catalogueOnly: Pick<ModelBook, 'find'> = {
  find: async (name) => ({ model: resolveModel(name), version: null, fetchedAt: null, warnings: [] }),
}
