/** From what FAL said of an endpoint to what is kept of it, and from what is kept to the model that requests are held against. */
import type { KnownModel } from '../../models/catalogue/entry.ts'
import type { Curated } from '../../models/catalogue.ts'
import { type BarePrice, basePrice } from '../../models/document/base-price.ts'
import { factsText, readFacts } from '../../models/document/facts-text.ts'
import { modelOfFacts } from '../../models/document/model-of-facts.ts'
import { readDocument } from '../../models/document/read-document.ts'
import { withCurated } from '../../models/document/with-curated.ts'
import type { Description, ListedModel } from '../../ports/model-source.ts'
import type { LearnedModel, StoredModel } from '../../ports/model-store.ts'

export function learnedOf(
  endpointId: string,
  { source, listed, document }: Extract<Description, { type: 'described' }>,
): LearnedModel {
  return {
    endpointId,
    ...(listed === null ? { status: 'unlisted' as const } : listedOf(listed)),
    source,
    document: documentOf(endpointId, document),
  }
}

/** An entry of FAL's list; with the document where the list had it. */
export function listedOf({
  endpointId,
  title,
  category,
  status,
  listedAt,
  document,
}: ListedModel): LearnedModel {
  return {
    endpointId,
    title,
    category,
    status,
    listedAt,
    ...(document === undefined
      ? {}
      : { source: 'platform' as const, document: documentOf(endpointId, document) }),
  }
}

function documentOf(endpointId: string, document: unknown): NonNullable<LearnedModel['document']> {
  const read = readDocument(document, endpointId)
  return 'facts' in read ? { facts: factsText(read.facts) } : { trouble: read.unusable }
}

/** Null: there is no document to go by. */
export function modelOfStored(stored: StoredModel, curated: Curated | null): KnownModel | null {
  const { facts, title, category, status } = stored
  const readOn = dateOf(stored.readAt ?? 0)
  // Of two descriptions the newer one holds.
  if (facts === null || (curated !== null && 'parameters' in curated && curated.asOf >= readOn)) return null
  const described: KnownModel = {
    ...modelOfFacts(readFacts(facts), readOn),
    ...(title === null ? {} : { title }),
    ...(category === null ? {} : { task: category }),
    ...(status === 'deprecated' ? { availability: 'retired' } : {}),
  }
  if (curated !== null) return withCurated(described, curated)
  return { ...described, ...basePrice(described, bareOf(stored)) }
}

/** FAL's bare price, as the price rules take it. */
export function bareOf({ price }: Pick<StoredModel, 'price'>): BarePrice | null {
  return price === null ? null : { ...price, asOf: dateOf(price.pricedAt) }
}

const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
