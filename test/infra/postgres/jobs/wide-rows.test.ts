/** Rows with megabytes in them: what a read does not show, it does not carry, and what it leaves out it says. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { toId } from '../../../../src/domain/ids.ts'
import type { Job } from '../../../../src/domain/job.ts'
import { creation, facts, request } from '../../../domain/sample-job.ts'
import { openStore } from '../../../support/store.ts'

const megabyte = 1024 * 1024
const uri = `data:image/png;base64,${Buffer.alloc(megabyte).toString('base64')}`

t.test('jobs with large results and inputs', async (t) => {
  const { store, key } = await openStore(t)
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
  const huge = await add(zeros(9 * megabyte))
  const large = await add(noise(1.5 * megabyte))
  const photo = await add(null, { input: brief }, { image_url: uri })
  const near: string[] = []
  for (let count = 0; count < 6; count += 1) near.push(await add(noise(0.75 * megabyte)))
  const all = [small, huge, large, photo, ...near]

  const list = async () => {
    const pages: { id: string; length: number; omitted: number | null }[][] = []
    for (let cursor: string | null = null; ; ) {
      const page = await store.list({ clientId: key.clientId }, { limit: 10, cursor })
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
      [
        [9, 8, 7, 6, 5],
        [4, 3, 2, 1, 0],
      ],
    )
    for (const page of pages) t.ok(page.reduce((sum, { length }) => sum + length, 0) <= 4 * megabyte)
    t.strictSame(
      pages.flat().filter((row) => row.omitted !== null),
      [
        { id: large, length: 2, omitted: noise(1.5 * megabyte).length },
        { id: huge, length: 2, omitted: zeros(9 * megabyte).length },
      ],
    )
  })

  t.test('a large result and a large input are read only for themselves, once there is memory', async (t) => {
    t.match(await store.get(huge), { result: '{}', omittedResultBytes: zeros(9 * megabyte).length })
    t.equal(await store.result(huge), zeros(9 * megabyte))
    t.match(await store.get(small), { result: '{"seed":17454220438242315174}', omittedResultBytes: null })
    t.strictSame((await store.get(photo))?.input, brief)
    const held: number[] = []
    const input = await store.input(photo, async (bytes) => void held.push(bytes))
    t.equal(input, JSON.stringify({ image_url: uri }))
    t.strictSame(held, [4 * (input?.length ?? 0)])
    t.equal(await store.input(small), '{}', 'an input without files is its own brief')
    t.equal(await store.input(toId('job', newUuid())), null)
  })

  t.test('a job with a large result changes as any other', async (t) => {
    const archived = await store.record(huge, () => [facts.archived], { source: 'archive' })
    t.match(archived?.job, { archiveStatus: 'archived', omittedResultBytes: zeros(9 * megabyte).length })
    t.equal((await store.record(huge, () => [facts.completed], { source: 'poll' }))?.changed, false)
    t.equal(await store.result(huge), zeros(9 * megabyte), 'and keeps its result')
    await store.erase(huge, { keysOf: () => [], answerOf: () => '{}' })
    t.match(await store.get(huge), { result: 'null', omittedResultBytes: null })
  })
})
