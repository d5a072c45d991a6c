/** A process that copies into an archive (a folder, or a bucket given as JSON) until it is killed, telling of every piece it reads and every copy it ends. */
import { writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createFolderArchive } from '../../../src/infra/archive/folder/folder-archive.ts'
import { createS3Archive } from '../../../src/infra/archive/s3/s3-archive.ts'
import { pattern } from '../../contract/archive-store.contract.ts'

const [kind, place = ''] = process.argv.slice(2)
const store = kind === 's3' ? createS3Archive(JSON.parse(place)) : createFolderArchive({ dir: place })
// Three parts for a bucket.
const content = pattern((kind === 's3' ? 12 : 2) * 1024 * 1024)
const pieceBytes = 256 * 1024

function* pieces(): Generator<Buffer> {
  for (let at = 0; at < content.length; at += pieceBytes) {
    writeSync(1, 'piece\n')
    yield content.subarray(at, at + pieceBytes)
  }
}

for (let n = 0; ; n++) {
  const body = Readable.from(pieces(), { highWaterMark: 1 })
  await store.put({ key: `k/${n % 10}.png`, body, contentLength: content.length, contentType: 'image/png' })
  writeSync(1, 'done\n')
}
