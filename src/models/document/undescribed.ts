/**
 * The entry of a model whose fields are not known: by a brief curated entry, by FAL's list, or by its id alone. Its
 * input passes unchecked.
 */
import type { BriefEntry, KnownModel } from '../catalogue/entry.ts'
import { kindOfCategory } from './output-of-facts.ts'

const anyFields = {
  parameters: [],
  otherFields: { type: 'any' },
  output: { urlPath: null, fileFields: [], otherFields: [] },
} as const satisfies Partial<KnownModel>

export function briefModel(entry: BriefEntry): KnownModel {
  return { ...entry, ...anyFields }
}

export interface ListedFacts {
  endpointId: string
  title: string | null
  /** FAL's word for what it does: `text-to-video`. */
  category: string | null
  availability: KnownModel['availability']
  /** ISO date on which FAL's list was read. */
  asOf: string
}

export function listedModel({ endpointId, title, category, availability, asOf }: ListedFacts): KnownModel {
  return {
    alias: endpointId,
    synonyms: [],
    endpointId,
    title: title ?? endpointId,
    family: endpointId.split('/')[1] ?? endpointId,
    kind: kindOfCategory(category) ?? 'unknown',
    task: category ?? 'unknown',
    availability,
    ...anyFields,
    price: null,
    asOf,
  }
}
