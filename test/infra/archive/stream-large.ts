/** Streams 300 MB into one store and prints by how many MB the process grew at its peak. */
import { Readable } from 'node:stream'
import { createFolderArchive } from '../../../src/infra/archive/folder/folder-archive.ts'
import { createS3Archive } from '../../../src/infra/archive/s3/s3-archive.ts'

const [kind, place = ''] = process.argv.slice(2)
const store =
  kind === 'folder'
    ? createFolderArchive({ dir: place })
    : createS3Archive({
        bucket: 'media',
        endpoint: place,
        region: 'auto',
        accessKeyId: 'a',
        secretAccessKey: 'b',
        forcePathStyle: true,
      })

/** One piece over and over: what the source allocates is not the store's. */
const piece = Buffer.alloc(62_500, 'x')

/** Not the system's own record of the most there was: that begins with what the process had that started this one. */
let peak = 0

function* megabytes(count: number): Generator<Buffer> {
  for (let at = 0; at < count * 16; at++) {
    peak = Math.max(peak, process.memoryUsage.rss())
    yield piece
  }
}

const put = (count: number) =>
  store.put({
    key: 'k/large.bin',
    body: Readable.from(megabytes(count)),
    contentLength: null,
    contentType: 'video/mp4',
  })

// Loads the code of uploads in parts, so that only the data counts.
await put(20)
const before = process.memoryUsage.rss()
peak = before
const { bytes } = await put(300)
if (bytes !== 300_000_000) throw new Error(`stored ${bytes} bytes`)
process.stdout.write(String(Math.ceil((peak - before) / 1_000_000)))
