/**
 * FAL's own descriptions of its models: from the Platform API, and from its web host where that has none. Promise:
 * bounded in bytes and time, no error for what FAL or the network does, and no key to the web host, which wants none.
 */
import type { Dispatcher } from 'undici'
import { isRecord } from '../../domain/outcome/fal-error.ts'
import type { ListedModel, ModelPage, ModelSource, NoPage } from '../../ports/model-source.ts'
import { type Exchanged, exchange } from '../outbound/exchange.ts'
import type { Caller } from './caller.ts'
import { trimmed } from './queue-urls.ts'

export interface DescribeModelsDeps {
  caller: Caller
  dispatcher: Dispatcher
  /** FAL's web host. */
  schemaBase: string
}

/** Documents have 4 to 100 kB. */
const maxDocumentBytes = 4 * 1024 * 1024
const maxPageBytes = 16 * 1024 * 1024
const timeoutMs = 15_000
/** FAL lowers the largest page where documents are asked for, to a number that it does not publish. */
const pageSizes = { plain: [100, 50, 20], withDocuments: [50, 20, 5] }

export function createModelSource({ caller, dispatcher, schemaBase }: DescribeModelsDeps): ModelSource {
  const base = `${trimmed(caller.bases.platformBase).replace(/\/v1$/, '')}/v1/models`
  const ask = (parameters: [string, string][], maxBytes: number, signal: AbortSignal | undefined) =>
    caller.call({
      method: 'GET',
      url: `${base}?${new URLSearchParams(parameters)}`,
      falKeyRef: null,
      maxBytes,
      timeoutMs,
      signal,
    })

  return {
    async describe(endpointId, signal) {
      const parameters: [string, string][] = [
        ['endpoint_id', endpointId],
        ['expand', 'openapi-3.0'],
      ]
      const answer = await ask(parameters, maxDocumentBytes, signal)
      const listed = modelsIn(answer).find((model) => model.endpointId === endpointId) ?? null
      if (listed !== null && isDocument(listed.document)) {
        return { type: 'described', source: 'platform', listed, document: listed.document }
      }
      const document = await webDocument(endpointId, signal)
      if (isDocument(document)) return { type: 'described', source: 'web', listed, document }
      if (listed !== null) return { type: 'described', source: 'platform', listed, document: null }
      return answer.type === 'answer' && answer.httpStatus === 404
        ? { type: 'unknown' }
        : { type: 'silent', reason: reasonOf(answer) }
    },

    async list({ cursor, status, withDocuments, signal }) {
      const sizes = withDocuments ? pageSizes.withDocuments : pageSizes.plain
      let answer: Exchanged | null = null
      for (const size of sizes) {
        const parameters: [string, string][] = [
          ['limit', String(size)],
          ['status', status],
          ...(cursor === null ? [] : ([['cursor', cursor]] satisfies [string, string][])),
          ...(withDocuments ? ([['expand', 'openapi-3.0']] satisfies [string, string][]) : []),
        ]
        answer = await ask(parameters, maxPageBytes, signal)
        const tooMany = answer.type === 'answer' ? answer.httpStatus === 400 : answer.code === 'TOO_LARGE'
        if (!tooMany) break
      }
      return answer === null ? { trouble: 'not asked' } : pageOf(answer, cursor)
    },
  }

  async function webDocument(endpointId: string, signal: AbortSignal | undefined): Promise<unknown> {
    const url = `${trimmed(schemaBase)}/api/openapi/queue/openapi.json?${new URLSearchParams({ endpoint_id: endpointId })}`
    const answer = await exchange({
      dispatcher,
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      timeoutMs,
      maxBytes: maxDocumentBytes,
      ...(signal === undefined ? {} : { signal }),
    })
    return answer.type === 'answer' && answer.httpStatus === 200 ? parsed(answer.text) : undefined
  }
}

function pageOf(answer: Exchanged, cursor: string | null): ModelPage | NoPage {
  if (answer.type === 'trouble' || answer.httpStatus !== 200) return { trouble: reasonOf(answer) }
  const body = parsed(answer.text)
  if (!isRecord(body) || !Array.isArray(body.models))
    return { trouble: 'FAL’s answer holds no list of models' }
  const next = body.has_more !== false && typeof body.next_cursor === 'string' ? body.next_cursor : null
  return { models: modelsIn(answer), nextCursor: next === '' || next === cursor ? null : next }
}

function modelsIn(answer: Exchanged): ListedModel[] {
  if (answer.type === 'trouble' || answer.httpStatus !== 200) return []
  const body = parsed(answer.text)
  return isRecord(body) && Array.isArray(body.models) ? body.models.flatMap(toListed) : []
}

function toListed(item: unknown): ListedModel[] {
  if (!isRecord(item) || typeof item.endpoint_id !== 'string' || item.endpoint_id.length > 200) return []
  const metadata = isRecord(item.metadata) ? item.metadata : {}
  const listedAt = typeof metadata.updated_at === 'string' ? Date.parse(metadata.updated_at) : Number.NaN
  return [
    {
      endpointId: item.endpoint_id,
      title: shortText(metadata.display_name),
      category: shortText(metadata.category),
      status: metadata.status === 'deprecated' ? 'deprecated' : 'active',
      listedAt: Number.isNaN(listedAt) ? null : listedAt,
      ...(item.openapi === undefined ? {} : { document: item.openapi }),
    },
  ]
}

/** FAL answers `{error: …}` in place of a document that it could not make. */
function isDocument(document: unknown): boolean {
  return isRecord(document) && isRecord(document.paths)
}

function shortText(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const text = value.replaceAll(/\p{C}/gu, '').trim().slice(0, 200).toWellFormed()
  return text === '' ? null : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: treated as a missing answer.
    return undefined
  }
}

function reasonOf(answer: Exchanged): string {
  return answer.type === 'trouble' ? answer.code : `FAL answered ${answer.httpStatus}`
}
