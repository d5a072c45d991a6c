/**
 * The archive: large files, small files and many at once into the folder and into a bucket, throughput and CPU beside a plain copy
 * with hashing in the same run (small files also beside one that is as durable), and by how much memory grows. By itself:
 * `npm run bench:archive -- [--megabytes 2000] [--rounds 3]`.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { countOf } from './arguments.ts'
import { median } from './load/load.ts'
import type { CopyOrder, CopyReport } from './servers/archive-copy.ts'
import { whenInterrupted } from './servers/when-interrupted.ts'

export interface ArchiveBenchOptions {
  /** Of the large file, in millions; 200. */
  megabytes?: number
  /** 2. */
  rounds?: number
  /** How many small ones of 100 kB; 1,000. */
  smallFiles?: number
  /** Only what has this in its name. */
  only?: string
  /** Hears of each row as soon as it is there. */
  onRow?: (row: string) => void
}

const head =
  '| what | ours | plain copy | throughput | per CPU second | ours grows by |\n| --- | --- | --- | --- | --- | --- |'

/** A Markdown table, head and rows; "throughput" and "per CPU second" are ours as a part of the plain copy's. */
export async function benchArchive(options: ArchiveBenchOptions = {}): Promise<string[]> {
  const { megabytes = 200, rounds = 2, smallFiles = 1_000, only = '', onRow } = options
  const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-bench-archive-'))
  const servers = fork(join(import.meta.dirname, 'servers/archive-servers.ts'), [join(dir, 's3rver')])
  const close = async () => {
    if (servers.connected) servers.disconnect()
    await rm(dir, { recursive: true, force: true })
  }
  const isClosed = whenInterrupted(close)
  const lines: string[] = []
  const add = (row: string) => {
    lines.push(row)
    onRow?.(row)
  }
  try {
    const [{ cdn, sink, bucket }] = await once(servers, 'message')
    const places = [
      { where: 'folder', kind: 'folder', place: join(dir, 'folder') },
      { where: 'S3 protocol, bucket that forgets', kind: 's3', place: sink },
    ] as const
    const one = { cdn, bytes: megabytes * 1_000_000, copies: 1, atOnce: 1, downloads: 1 }
    const small = { cdn, bytes: 100_000, copies: smallFiles, atOnce: 8, downloads: 8 }
    const fifty = { cdn, bytes: megabytes * 20_000, copies: 50, atOnce: 50, downloads: 8 }
    const wanted = (name: string) => name.includes(only)
    add(head)
    for (const { where, ...place } of places) {
      const large = `${megabytes} MB to the ${where}`
      if (wanted(large)) add(await compared(large, { ...one, ...place }, rounds))
      const many = `${smallFiles} files of 100 kB to the ${where}`
      if (wanted(many)) add(await compared(many, { ...small, ...place }, rounds))
      const durable = `${many}, beside a copy as durable`
      if (place.kind === 'folder' && wanted(durable))
        add(await compared(durable, { ...small, ...place }, rounds, 'durable'))
      const crowd = `50 files of ${megabytes / 50} MB at once to the ${where}`
      if (wanted(crowd)) add(await alone(crowd, { ...fifty, ...place }))
    }
    const kept = `${megabytes} MB to s3rver on disk`
    if (wanted(kept)) add(await alone(kept, { ...one, kind: 's3', place: bucket }))
  } finally {
    await close()
    isClosed()
  }
  return lines
}

/** In turns, so that both ways meet the same machine; the median of each counts. */
async function compared(
  name: string,
  order: Omit<CopyOrder, 'way'>,
  rounds: number,
  way: 'plain' | 'durable' = 'plain',
): Promise<string> {
  const ours: CopyReport[] = []
  const plain: CopyReport[] = []
  for (let round = 0; round < rounds; round++) {
    plain.push(await copy({ ...order, way }))
    ours.push(await copy({ ...order, way: 'ours' }))
  }
  if (new Set([...ours, ...plain].map(({ sha256 }) => sha256)).size !== 1) throw new Error('the bytes differ')
  const ratio = (of: 'seconds' | 'cpuSeconds') =>
    (median(plain.map((one) => one[of])) / median(ours.map((one) => one[of]))).toFixed(2)
  return `| ${name} | ${rate(order, ours)} | ${rate(order, plain)} | ${ratio('seconds')} | ${ratio('cpuSeconds')} | ${grown(ours)} |`
}

async function alone(name: string, order: Omit<CopyOrder, 'way'>): Promise<string> {
  const reports = [await copy({ ...order, way: 'ours' })]
  return `| ${name} | ${rate(order, reports)} | | | | ${grown(reports)} |`
}

let copies = 0

async function copy(wanted: CopyOrder): Promise<CopyReport> {
  copies += 1
  const order = wanted.kind === 'folder' ? { ...wanted, place: join(wanted.place, String(copies)) } : wanted
  const child = fork(join(import.meta.dirname, 'servers/archive-copy.ts'), [JSON.stringify(order)])
  const exited = once(child, 'exit')
  const [report] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`the copy ended with ${code}`))),
  ])
  await exited
  // Many files stay until the end: ext4 passes over each inode freed in the last minutes whenever it makes another, which
  // would charge the files removed to those that follow.
  if (order.kind === 'folder' && order.copies <= 50) await rm(order.place, { recursive: true, force: true })
  return report
}

/** Large files by their bytes, many small ones by their number. */
function rate(order: Pick<CopyOrder, 'bytes' | 'copies'>, reports: readonly CopyReport[]): string {
  const seconds = median(reports.map((report) => report.seconds))
  return order.copies > 50
    ? `${(order.copies / seconds).toFixed(0)} files/s`
    : `${((order.bytes * order.copies) / 1e6 / seconds).toFixed(0)} MB/s`
}

const grown = (reports: readonly CopyReport[]): string =>
  `${(Math.max(...reports.map((report) => report.grown)) / 1e6).toFixed(0)} MB`

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '3' },
      files: { type: 'string', default: '1000' },
      only: { type: 'string', default: '' },
    },
  })
  await benchArchive({
    megabytes: countOf('megabytes', values.megabytes),
    rounds: countOf('rounds', values.rounds),
    smallFiles: countOf('files', values.files),
    only: values.only,
    onRow: (row) => process.stdout.write(`${row}\n`),
  })
}
