/**
 * The manifest beside a job's files: what was requested, sent, paid and stored, readable without this service or its
 * database. Written after the last file and before the job counts as archived; writing it again produces the same
 * bytes.
 */
import { createHash } from 'node:crypto'
import { parseExact } from '../../domain/exact-json.ts'
import type { ArchivedFile, Job } from '../../domain/job.ts'
import { manifestKey } from '../../domain/media/archive-keys.ts'
import { describeDataUris } from '../../domain/media/data-uris.ts'
import { billOf } from '../../domain/money/bill.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'

/** @throws ArchiveError when the archive cannot store it. */
export type WriteManifest = (
  job: Job,
  copied: readonly { index: number; file: ArchivedFile }[],
  signal: AbortSignal,
) => Promise<void>

export function makeWriteManifest(archive: Pick<ArchiveStore, 'head' | 'put' | 'insert'>): WriteManifest {
  return async function writeManifest(job, copied, signal) {
    const media = job.media.map((one) => ({
      ...one,
      archive: one.archive ?? copied.find(({ index }) => index === one.index)?.file ?? null,
    }))
    const content = Buffer.from(`${JSON.stringify(manifestOf({ ...job, media }), null, 2)}\n`)
    const key = manifestKey(job)
    const contentLength = content.length
    const object = { key, body: content, contentLength, contentType: 'application/json', signal }
    const inserted = await archive.insert()?.(object)
    if (inserted) return
    const head = await archive.head(key)
    if (head?.sha256 === createHash('sha256').update(content).digest('hex')) return
    await archive.put(object)
  }
}

/** Times in RFC 3339, money in integer micro-USD, sizes in bytes and pixels; file names are relative to the manifest. */
function manifestOf(job: Job) {
  return {
    manifest: 1,
    job: job.id,
    client: job.clientId,
    userId: job.userId,
    metadata: job.metadata,
    model: job.model,
    endpointId: job.endpointId,
    params: describeDataUris(job.params),
    input: describeDataUris(job.input),
    seed: seedOf(job),
    fal: { requestId: job.requestId, inferenceSeconds: job.inferenceSeconds },
    cost: { estimatedMicros: job.estimatedMicros, actualMicros: billOf(job), currency: 'USD' },
    createdAt: iso(job.createdAt),
    submittedAt: iso(job.submittedAt),
    startedAt: iso(job.startedAt),
    completedAt: iso(job.completedAt),
    files: job.media.map(({ archive, index, path, kind, sourceUrl }) => ({
      index,
      path,
      kind,
      name: archive?.key.split('/').at(-1) ?? null,
      bytes: archive?.bytes ?? null,
      sha256: archive?.sha256 ?? null,
      contentType: archive?.contentType ?? null,
      width: archive?.width ?? null,
      height: archive?.height ?? null,
      storedWidth: archive?.stored?.width ?? archive?.width ?? null,
      storedHeight: archive?.stored?.height ?? archive?.height ?? null,
      durationSeconds: archive?.durationSeconds ?? null,
      sourceUrl,
      thumbnail: thumbnailOf(archive),
    })),
  }
}

function thumbnailOf(archive: ArchivedFile | null) {
  if (archive?.thumbnail === undefined) return null
  const { key, bytes, sha256, contentType } = archive.thumbnail
  return { name: key.split('/').at(-1) ?? null, bytes, sha256, contentType }
}

/** The seed FAL used: as a number, or as text where a number would lose digits; else the one that was requested. */
function seedOf(job: Job): unknown {
  const result: unknown = job.result === null ? null : parseExact(job.result)
  const used = typeof result === 'object' && result !== null && 'seed' in result ? result.seed : null
  return used ?? job.input.seed ?? null
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
