/**
 * `node bench/archive.ts [--megabytes 2000] [--rounds 3] [--only folder]`: a large file into the folder and into buckets, memory and
 * throughput beside a plain copy with hashing in the same run, and fifty copies at once.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { CopyOrder, CopyReport } from './archive-copy.ts'

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
    /** Only what has this in its name. */
    only: { type: 'string', default: '' },
  },
})
const bytes = Number(values.megabytes) * 1_000_000
const rounds = Number(values.rounds)
const dir = await mkdtemp(join(tmpdir(), 'fal-jobs-bench-archive-'))
const servers = fork(join(import.meta.dirname, 'archive-servers.ts'), [join(dir, 's3rver')])

try {
  const [{ cdn, sink, bucket }] = await once(servers, 'message')
  await compare('folder', { kind: 'folder', place: join(dir, 'folder'), cdn, bytes, copies: 1 })
  await compare('S3 protocol, bucket that forgets', { kind: 's3', place: sink, cdn, bytes, copies: 1 })
  await single('S3 protocol, s3rver on disk', {
    way: 'ours',
    kind: 's3',
    place: bucket,
    cdn,
    bytes,
    copies: 1,
  })
  const fifty = { way: 'ours', cdn, bytes: 40_000_000, copies: 50 } as const
  await single('50 copies of 40 MB at once, folder', { ...fifty, kind: 'folder', place: join(dir, 'fifty') })
  await single('50 copies of 40 MB at once, S3 protocol', { ...fifty, kind: 's3', place: sink })
} finally {
  servers.disconnect()
  await rm(dir, { recursive: true, force: true })
}

/** In turns, so that both ways meet the same machine; the median of each counts. */
async function compare(name: string, order: Omit<CopyOrder, 'way'>): Promise<void> {
  if (!name.includes(values.only)) return
  const ours: CopyReport[] = []
  const plain: CopyReport[] = []
  for (let round = 0; round < rounds; round++) {
    plain.push(await copy({ ...order, way: 'plain' }))
    await tidy(order)
    ours.push(await copy({ ...order, way: 'ours' }))
    await tidy(order)
  }
  if (new Set([...ours, ...plain].map(({ sha256 }) => sha256)).size !== 1) throw new Error('the bytes differ')
  const ratio = (of: 'seconds' | 'cpuSeconds') =>
    median(plain.map((one) => one[of])) / median(ours.map((one) => one[of]))
  tell(name, order, ours)
  tell(`${name}, plain copy`, order, plain)
  print(
    `${''.padEnd(48)} ours to plain: ${ratio('seconds').toFixed(2)} of the throughput, ${ratio('cpuSeconds').toFixed(2)} of it a CPU second`,
  )
}

async function single(name: string, order: CopyOrder): Promise<void> {
  if (!name.includes(values.only)) return
  tell(name, order, [await copy(order)])
  await tidy(order)
}

async function copy(order: CopyOrder): Promise<CopyReport> {
  const child = fork(join(import.meta.dirname, 'archive-copy.ts'), [JSON.stringify(order)])
  const exited = once(child, 'exit')
  const [report] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`the copy ended with ${code}`))),
  ])
  await exited
  return report
}

async function tidy({ kind, place }: Pick<CopyOrder, 'kind' | 'place'>): Promise<void> {
  if (kind === 'folder') await rm(place, { recursive: true, force: true })
}

function tell(name: string, order: Pick<CopyOrder, 'bytes' | 'copies'>, reports: CopyReport[]): void {
  const seconds = median(reports.map((report) => report.seconds))
  const rate = (order.bytes * order.copies) / 1e6 / seconds
  const grown = Math.max(...reports.map((report) => report.grown)) / 1e6
  print(
    `${name.padEnd(48)} ${rate.toFixed(0).padStart(6)} MB/s   grown by ${grown.toFixed(0).padStart(4)} MB`,
  )
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
