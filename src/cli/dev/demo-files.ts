/** Reads the archived files of a job back from disk: what the service says of them must be true of the bytes. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { JobView } from '../../jobs/read/job-view.ts'

/** One text line per file. Throws when a file is missing or its size or SHA-256 is not what the job says. */
export async function describeFiles(job: JobView, archiveDir: string): Promise<string[]> {
  const files = (await readdir(archiveDir, { recursive: true })).filter((path) =>
    path.includes(`/${job.id}/`),
  )
  const lines: string[] = []
  for (const media of job.media) {
    const path = files.find((file) => file.includes(`/${job.id}/${media.index}-`) && !file.endsWith('.json'))
    if (path === undefined) throw new Error(`file ${media.index} of ${job.id} is not in ${archiveDir}`)
    const { bytes, sha256 } = await measure(join(archiveDir, path))
    if (bytes !== media.bytes || sha256 !== media.sha256) {
      throw new Error(
        `${path} has ${bytes} bytes and SHA-256 ${sha256}; the job says ${media.bytes} and ${media.sha256}`,
      )
    }
    lines.push(
      relative('', join(archiveDir, path)),
      `  ${media.contentType}, ${bytes} bytes, SHA-256 ${sha256} (checked)`,
    )
  }
  return lines
}

async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  const stream = createReadStream(path)
  await pipeline(stream, hash)
  return { bytes: stream.bytesRead, sha256: hash.digest('hex') }
}
