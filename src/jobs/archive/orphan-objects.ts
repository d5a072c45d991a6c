/**
 * Finds orphan objects: objects in the archive that no job knows. Objects of erased jobs are to be deleted; all
 * others are quarantined, never deleted, since each may be the last copy of a file whose row was lost. Objects of
 * other installations are left alone.
 */

import { isFinal, type Job } from '../../domain/job.ts'
import { keysOf, manifestKey, quarantineFolder } from '../../domain/media/archive-keys.ts'
import { type KeyOwner, ownerOf } from '../../domain/media/object-key.ts'
import type { ArchiveIndex } from '../../ports/archive-index.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'

export interface OrphanObject {
  kind: 'erased_object' | 'unknown_object' | 'foreign_objects'
  /** The object key; for `foreign_objects` its first segment. */
  subject: string
  what: string
  /** null when this service must not repair it. */
  repair: (() => Promise<void>) | null
}

export interface FindOrphanObjectsDeps {
  archive: Pick<ArchiveStore, 'list' | 'head' | 'get' | 'put' | 'delete'>
  index: Pick<ArchiveIndex, 'jobs' | 'knownClients'>
}

export type FindOrphanObjects = (signal?: AbortSignal) => AsyncIterable<OrphanObject>

const batchSize = 200

interface OwnedKey extends KeyOwner {
  key: string
}

export function makeFindOrphanObjects({ archive, index }: FindOrphanObjectsDeps): FindOrphanObjects {
  return async function* findOrphanObjects(signal) {
    const foreign = new Map<string, number>()
    let batch: OwnedKey[] = []
    for await (const { key } of archive.list('')) {
      signal?.throwIfAborted()
      const owner = ownerOf(key)
      if (owner === null) continue // not a key of this service
      batch.push({ key, ...owner })
      if (batch.length < batchSize) continue
      yield* orphansOf(batch, foreign)
      batch = []
    }
    yield* orphansOf(batch, foreign)
    for (const [client, count] of foreign) {
      const what = `${count} objects of a client that this database does not know, perhaps another installation's: left as they are`
      yield { kind: 'foreign_objects', subject: client, what, repair: null }
    }
  }

  /** Jobs are read after their objects were listed, so that a copy which began meanwhile has its row. */
  async function* orphansOf(
    batch: readonly OwnedKey[],
    foreign: Map<string, number>,
  ): AsyncGenerator<OrphanObject> {
    const distinct = (ids: string[]) => [...new Set(ids)]
    const jobs = new Map(
      (await index.jobs(distinct(batch.map(({ jobId }) => jobId)))).map((job) => [job.id, job]),
    )
    const orphans = batch.filter(({ jobId }) => !jobs.has(jobId))
    const clients = await index.knownClients(distinct(orphans.map(({ clientId }) => clientId)))
    for (const object of batch) {
      const job = jobs.get(object.jobId)
      if (job === undefined && !clients.has(object.clientId)) {
        foreign.set(object.clientId, (foreign.get(object.clientId) ?? 0) + 1)
        continue
      }
      const orphan = job === undefined ? unknown(object.key, 'no job has its id') : orphanOf(object.key, job)
      // A task may have deleted it since it was listed.
      if (orphan !== null && (await archive.head(object.key)) !== null) yield orphan
    }
  }

  function orphanOf(key: string, job: Job): OrphanObject | null {
    if (job.erasing !== null || job.archiveStatus === 'pending' || !isFinal(job.status)) return null
    if (job.erasedAt !== null) return erased(key, 'its job was erased')
    const isContentErased = job.result === 'null' && Object.keys(job.input).length === 0
    if (key === manifestKey(job) && isContentErased) return erased(key, "its job's content was erased")
    if (keysOf(job).includes(key)) return null
    if (job.status === 'completed' && job.media.length === 0)
      return erased(key, "its job's files were erased")
    return unknown(key, 'its job knows no such file')
  }

  function erased(key: string, why: string): OrphanObject {
    return { kind: 'erased_object', subject: key, what: why, repair: () => archive.delete([key]) }
  }

  function unknown(key: string, why: string): OrphanObject {
    const to = `${quarantineFolder}/${key}`
    return {
      kind: 'unknown_object',
      subject: key,
      what: `${why}: a repair moves it below ${quarantineFolder}/`,
      repair: () => setAside(key, to),
    }
  }

  /** Copy to quarantine before deleting the original. */
  async function setAside(key: string, to: string): Promise<void> {
    const { body, bytes, contentType } = await archive.get(key)
    await archive.put({ key: to, body, contentLength: bytes, contentType })
    await archive.delete([key])
  }
}
