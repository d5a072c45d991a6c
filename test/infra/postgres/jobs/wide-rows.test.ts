/** Rows with megabytes in them: what a read does not show, it does not carry, and what it leaves out it says. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { toId } from '../../../../src/domain/ids.ts'
import type { Job } from '../../../../src/domain/job.ts'
import { createArchiveIndex } from '../../../../src/infra/postgres/maintenance/postgres-archive-index.ts'
import { creation, facts, request } from '../../../domain/sample-job.ts'
import { openStore } from '../../../support/store.ts'

const megabyte = 1024 * 1024
const uri = `data:image/png;base64,${Buffer.alloc(megabyte).toString('base64')}`

t.test('jobs with large results and inputs', async (t) => {
  const { store, key, db } = await openStore(t)
  const add = async (result: string | null, changes: Partial<Job> = {}, input = {}): Promise<string> => {
    const id = toId('job', newUuid())
    const fresh = creation({ id, clientId: key.clientId, reservedMicros: 0, ...changes })
    await store.create(fresh, null, undefined, input)
    const accepted = { ...facts.submitted, request: { ...request, requestId: newUuid() } }
    await store.record(id, () => [facts.submitting, accepted], { source: 'submit' })
    if (result !== null) await store.record(id, () => [{ ...facts.completed, result }], { source: 'poll' })
    return id
  }
  /** Compresses to nothing. */
  const zeros = (bytes: number) => JSON.stringify({ text: '0'.repeat(bytes) })
  const noise = (bytes: number) => JSON.stringify({ text: randomBytes(bytes / 2).toString('hex') })
  const brief = { image_url: { data: 'image/png', bytes: megabyte, sha256: '0'.repeat(64) } }
  const small = await add('{"seed":17454220438242315174}')
  const middling = [
    await add(zeros(3 * megabyte)),
    await add(noise(3 * megabyte)),
    await add(zeros(megabyte)),
  ]
  const huge = await add(zeros(9 * megabyte))
  const photo = await add(null, { input: brief }, { image_url: uri })
  const all = [small, ...middling, huge, photo]

  const list = async () => {
    const pages: { id: string; length: number; omitted: number | null }[][] = []
    for (let cursor: string | null = null; ; ) {
      const page = await store.list({ clientId: key.clientId }, { limit: 4, cursor })
      pages.push(
        page.data.map(({ id, result, omittedResultBytes }) => ({
          id,
          length: result?.length ?? 0,
          omitted: omittedResultBytes,
        })),
      )
      cursor = page.nextCursor
      if (cursor === null) return pages
    }
  }

  t.test('a page ends before it is too long, and every job is listed once', async (t) => {
    const pages = await list()
    t.strictSame(
      pages.map((page) => page.map(({ id }) => all.indexOf(id))),
      [[5, 4, 3], [2], [1, 0]],
    )
    for (const page of pages) t.ok(page.reduce((sum, { length }) => sum + length, 0) <= 4 * megabyte)
    const omitted = pages.flat().filter((row) => row.omitted !== null)
    t.strictSame(omitted, [{ id: huge, length: 0, omitted: zeros(9 * megabyte).length }])
  })

  t.test('a look has the result whole, and the input in brief', async (t) => {
    t.equal((await store.get(huge))?.result, zeros(9 * megabyte))
    t.strictSame((await store.get(photo))?.input, brief)
    t.equal(await store.input(photo), JSON.stringify({ image_url: uri }))
    t.equal(await store.input(small), '{}', 'an input without files is its own brief')
    t.equal(await store.input(toId('job', newUuid())), null)
  })

  t.test('pages of jobs for maintenance carry no large result', async (t) => {
    const page = await createArchiveIndex(db).page({}, { limit: 10, after: null })
    t.strictSame(
      page.map(({ id, result }) => [all.indexOf(id), result]),
      [
        [0, '{"seed":17454220438242315174}'],
        [1, '{}'],
        [2, '{}'],
        [3, '{}'],
        [4, '{}'],
      ],
    )
  })
})
