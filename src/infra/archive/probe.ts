/** Tries each right that the archive needs, with objects in a folder of its own that is deleted at the end. */
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { ArchiveError } from '../../domain/archive-error.ts'
import type { ArchiveStore, ObjectToStore } from '../../ports/archive-store.ts'

/** Small, and given whole. */
export type ProbeObject = ObjectToStore & { body: Buffer }

export interface Probe {
  /** Keys of the probe lie below it; never a prefix of a real key. */
  folder: string
  objectAt(name: string): ProbeObject
  /** Runs a step; its failure is reported at the end with the others. */
  step(name: string, work: () => Promise<unknown>): Promise<void>
}

type ProbedStore = Pick<ArchiveStore, 'put' | 'get' | 'head' | 'list' | 'delete'>

/**
 * Throws ArchiveError that names every step that failed. `whileThere` may try more while the object `a.txt` is
 * stored. Without a write nothing else can be tried, so that failure is reported alone.
 */
export async function probeArchive(
  store: ProbedStore,
  whileThere: (probe: Probe) => Promise<void> = async () => undefined,
): Promise<void> {
  const folder = `probe/${randomUUID()}`
  const failed: { name: string; error: unknown }[] = []
  const probe: Probe = {
    folder,
    objectAt: (name) => probeObject(`${folder}/${name}`),
    async step(name, work) {
      try {
        await work()
      } catch (error) {
        failed.push({ name, error })
      }
    },
  }
  const { step } = probe
  const object = probe.objectAt('a.txt')
  await step('write', () => store.put(object))
  if (failed.length === 0) {
    await step('read', () => readBack(store, object))
    await step('head', () => headBack(store, object))
    await whileThere(probe)
    await step('list', () => anyOf(store.list(`${folder}/`)))
    await step('delete', () => store.delete([object.key]))
    await step('delete what the check wrote', () => store.delete([], { below: [folder] }))
  }
  const [first] = failed
  if (first === undefined) return
  const problems = failed.map(({ name, error }) => `${name} failed: ${messageOf(error)}`)
  const trouble = first.error instanceof ArchiveError ? first.error.trouble : 'later'
  throw new ArchiveError(trouble, `archive check: ${[...new Set(problems)].join('; ')}`, first.error)
}

function probeObject(key: string): ProbeObject {
  const body = Buffer.from(`fal-jobs can write here: ${key}`)
  return { key, body, contentLength: body.length, contentType: 'text/plain' }
}

async function readBack(store: ProbedStore, { key, body }: ProbeObject): Promise<void> {
  const read = await buffer((await store.get(key)).body)
  if (!read.equals(body)) throw new ArchiveError('later', 'other bytes than written')
}

/** Stores that may not reveal missing objects (S3 without ListBucket) answer 403 without a reason. */
async function headBack(store: ProbedStore, { key, body }: ProbeObject): Promise<void> {
  const found = await store.head(key)
  if (found?.bytes !== body.length)
    throw new ArchiveError('later', `it has ${found?.bytes ?? 'no'} bytes instead of ${body.length}`)
  await store.head(`${key}.missing`)
}

/** A listing may lag, so only the permission to list is checked. */
async function anyOf(listed: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of listed) return
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
