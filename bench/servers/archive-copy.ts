/** For the archive's benchmark, in a process of its own: copies films into one store, our way or the plain way, and tells what it took. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Upload } from '@aws-sdk/lib-storage'
import { request } from 'undici'
import { createFolderArchive } from '../../src/infra/archive/folder/folder-archive.ts'
import { createS3Archive } from '../../src/infra/archive/s3/s3-archive.ts'
import { createS3Client } from '../../src/infra/archive/s3/s3-settings.ts'
import { createMediaSniffer } from '../../src/infra/archive/sniff/media-sniffer.ts'
import { createMediaSource } from '../../src/infra/outbound/http-media-source.ts'
import { makeCopyFile } from '../../src/jobs/archive/copy-file.ts'

export interface CopyOrder {
  /** `durable` is the plain copy with a name that outlives a crash as well, for the folder. */
  way: 'ours' | 'plain' | 'durable'
  kind: 'folder' | 's3'
  /** Folder, or endpoint. */
  place: string
  cdn: string
  bytes: number
  copies: number
  /** Of these, asked for at once. */
  atOnce: number
  /** Downloads at once in our way; the plain one does as many as are asked for. */
  downloads: number
}

export interface CopyReport {
  seconds: number
  /** Of this process alone: what other load of the machine does not touch. */
  cpuSeconds: number
  /** Of all copies alike. */
  sha256: string
  /** Above what the process had after a small copy, in bytes. */
  grown: number
}

const order: CopyOrder = JSON.parse(process.argv[2] ?? '')
const s3 = {
  bucket: 'media',
  endpoint: order.place,
  region: 'us-east-1',
  accessKeyId: 'S3RVER',
  secretAccessKey: 'S3RVER',
  forcePathStyle: true,
}
const copy =
  order.way === 'ours'
    ? await ourCopy()
    : order.kind === 's3'
      ? plainToS3()
      : order.way === 'plain'
        ? plainToFolder
        : durablyToFolder

// Loads the code, so that only the data counts.
await copy(20_000_000, 'warm-up')
const before = process.memoryUsage.rss()
// Not the system's own record of the most there was: that begins with what the process had that started this one.
let peak = before
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 10)
const begun = performance.now()
const cpuBegun = process.cpuUsage()
const names = Array.from({ length: order.copies }, (_, at) => `${order.way}-${at}`)
const hashes = new Set<string>()
const lane = async () => {
  for (let name = names.shift(); name !== undefined; name = names.shift())
    hashes.add(await copy(order.bytes, name))
}
await Promise.all(Array.from({ length: order.atOnce }, lane))
const seconds = (performance.now() - begun) / 1000
clearInterval(watch)
const { user, system } = process.cpuUsage(cpuBegun)
const [sha256 = ''] = hashes
if (hashes.size !== 1) throw new Error('the copies differ')
const report: CopyReport = {
  seconds,
  cpuSeconds: (user + system) / 1e6,
  sha256,
  grown: Math.max(peak, process.memoryUsage.rss()) - before,
}
process.send?.(report)
process.disconnect?.()

async function ourCopy() {
  const archive = order.kind === 'folder' ? createFolderArchive({ dir: order.place }) : createS3Archive(s3)
  // As the service does at its start.
  await archive.check()
  const source = createMediaSource({
    allowedHosts: [new URL(order.cdn).host],
    maxBytes: 2 ** 40,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 60_000,
    minBytesPerSecond: 1024,
    concurrency: order.downloads,
    perHostConcurrency: order.downloads,
  })
  const copyFile = makeCopyFile({
    archive,
    source,
    sniffer: createMediaSniffer(),
    clock: { now: Date.now },
    allowedTypes: [],
  })
  const { signal } = new AbortController()
  return async (bytes: number, name: string): Promise<string> => {
    const job = { id: name, clientId: 'bench', createdAt: 0, result: null }
    const file = await copyFile(
      job,
      {
        index: 0,
        path: 'video',
        kind: 'video',
        sourceUrl: `${order.cdn}/${bytes}`,
        contentType: 'video/mp4',
        fileName: 'film.mp4',
        bytes,
        width: null,
        height: null,
        durationSeconds: null,
        thumbnailUrl: null,
        archive: null,
      },
      signal,
    )
    if (file.bytes !== bytes) throw new Error(`${file.bytes} bytes were stored`)
    return file.sha256
  }
}

async function plainToFolder(bytes: number, name: string): Promise<string> {
  const path = join(order.place, 'plain', name)
  await mkdir(dirname(path), { recursive: true })
  const { body } = await request(`${order.cdn}/${bytes}`)
  const { hashing, sha256 } = hasher()
  await pipeline(body, hashing, createWriteStream(path))
  await sync(path)
  return sha256()
}

/** Under a name of its own until it is synced, then in a folder of its own as each job has one, and the folders synced. */
async function durablyToFolder(bytes: number, name: string): Promise<string> {
  const [temporary, folder] = [join(order.place, 'temporary', name), join(order.place, 'durable', name)]
  await mkdir(dirname(temporary), { recursive: true })
  const { body } = await request(`${order.cdn}/${bytes}`)
  const { hashing, sha256 } = hasher()
  await pipeline(body, hashing, createWriteStream(temporary))
  await sync(temporary)
  await mkdir(folder, { recursive: true })
  await rename(temporary, join(folder, 'film.mp4'))
  await sync(folder)
  await sync(dirname(folder))
  return sha256()
}

async function sync(path: string): Promise<void> {
  const handle = await open(path)
  await handle.sync()
  await handle.close()
}

function plainToS3() {
  const client = createS3Client(s3)
  return async (bytes: number, name: string): Promise<string> => {
    const { body } = await request(`${order.cdn}/${bytes}`)
    const { hashing, sha256 } = hasher()
    const Body = Readable.from(body.pipe(hashing), { objectMode: false })
    const params = { Bucket: 'media', Key: `plain/${name}`, Body }
    await new Upload({ client, params, partSize: 8 * 1024 * 1024, queueSize: 2 }).done()
    return sha256()
  }
}

function hasher() {
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  return { hashing, sha256: () => hash.digest('hex') }
}
