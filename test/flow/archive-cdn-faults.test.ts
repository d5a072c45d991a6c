/** Whatever FAL's CDN does, the archive ends with the right bytes or with the right reason, through the whole service. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { faultEntry, faultNames } from '../../src/simulator/faults/catalogue.ts'
import { type Bench, startBench } from '../support/service.ts'

/** What a fault ends in: right bytes, perhaps after a failed try of some class, or a class that never passes. */
const expected: Record<string, { ends: 'archived' } | { trouble: string }> = {
  'cdn-403': { trouble: 'forbidden' },
  'cdn-404': { trouble: 'gone' },
  'cdn-503': { ends: 'archived' },
  'cdn-slow=0.4': { ends: 'archived' },
  'cdn-cut': { ends: 'archived' },
  'cdn-truncated': { ends: 'archived' },
  'cdn-wrong-length': { ends: 'archived' },
  'cdn-wrong-type': { ends: 'archived' },
  'cdn-html': { ends: 'archived' },
  'cdn-empty': { ends: 'archived' },
  'cdn-redirect': { ends: 'archived' },
  'cdn-redirect-loop': { trouble: 'refused' },
  'cdn-redirect-private': { trouble: 'refused' },
  'cdn-no-length': { ends: 'archived' },
  'cdn-signed': { ends: 'archived' },
  'cdn-elsewhere=https://media.elsewhere.example': { trouble: 'foreign' },
}

t.test('every fault of the CDN ends in the right class', async (t) => {
  const covered = Object.keys(expected).map((name) => name.split('=')[0])
  const all = faultNames.filter((name) => faultEntry(name).where === 'cdn')
  t.strictSame(covered.sort(), all.sort(), 'all of the catalogue')

  const bench = await startBench(t)
  await Promise.all(
    Object.entries(expected).flatMap(([fault, end]) =>
      ['flux-schnell', 'wan-v2-5'].map(async (model) => {
        const name = `${fault} on ${model}`
        const { id } = await bench.create({ model, prompt: `a harbour [fault:${fault}]` })
        if ('trouble' in end) await failsWith(t, bench, id, end.trouble, name)
        else await endsWhole(t, bench, id, name)
      }),
    ),
  )
})

async function failsWith(t: Test, bench: Bench, id: string, trouble: string, name: string): Promise<void> {
  const job = await bench.until(id, ({ archive }) => archive.lastError !== null, 30_000)
  t.match(job.archive.lastError, new RegExp(`^${trouble}: `), name)
  t.equal(job.status, 'completed', `${name}: a failed copy never fails a paid job`)
  t.ok(
    job.media.every(({ archiveUrl }) => archiveUrl === null),
    `${name}: nothing passes as archived`,
  )
}

async function endsWhole(t: Test, bench: Bench, id: string, name: string): Promise<void> {
  const job = await bench.settled(id, 30_000)
  t.equal(job.archive.status, 'archived', `${name}: ${job.archive.lastError}`)
  const sources = bench.simulator.admin.media(job.fal.requestId ?? '').map(({ sha256 }) => sha256)
  for (const media of job.media) {
    t.ok(sources.includes(media.sha256 ?? ''), `${name}: file ${media.index} is FAL's, byte for byte`)
    const answer = await fetch(new URL(media.url ?? '', bench.service.url))
    const read = Buffer.from(await answer.arrayBuffer())
    t.equal(createHash('sha256').update(read).digest('hex'), media.sha256, `${name}: and is served so`)
    t.notMatch(answer.headers.get('content-type'), 'text/html', `${name}: with its real type`)
  }
}

t.test('the shelf holds what is surely gone, with its reason, and one request copies it again', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'x [fault:cdn-redirect-loop]' })
  const shelved = await bench.settled(id)
  t.match(shelved.archive, { status: 'failed', attempts: 1, lastError: /redirects/ })
})

t.test('a manifest tells what was asked, sent, paid and stored', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'two boats', numOutputs: 2, seed: 7 })
  const job = await bench.settled(id)
  const stored = await bench.service.services.store.jobs.get(id)
  const [first] = stored?.media ?? []
  const folder = join(bench.archiveDir, 'archive', first?.archive?.key ?? '', '..')
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  t.match(manifest, {
    job: id,
    endpointId: 'fal-ai/flux/schnell',
    input: { prompt: 'two boats', seed: 7, num_images: 2 },
    seed: 7,
    fal: { requestId: job.fal.requestId },
    cost: { estimatedMicros: job.cost.estimatedMicros, currency: 'USD' },
    createdAt: job.createdAt,
  })
  for (const file of manifest.files) {
    const bytes = await readFile(join(folder, file.name))
    t.equal(createHash('sha256').update(bytes).digest('hex'), file.sha256)
    t.equal(bytes.length, file.bytes)
  }
  t.equal(manifest.files.length, 2)
})
