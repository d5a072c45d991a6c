/** Bodies of strangers: whole when there is room, refused when there is none, and the room is free again afterwards. */
import { PassThrough } from 'node:stream'
import t from 'tap'
import { createBodyReader } from '../../../src/http/requests/body-reader.ts'

const reader = (withinMs = 10_000) => createBodyReader({ mostBytes: 10, mostBytesInAll: 15, withinMs })

t.test('a body is read whole, in however many pieces', async (t) => {
  const { read } = reader()
  const stream = new PassThrough()
  const reading = read(stream, 0)
  stream.write('abc')
  stream.end('def')
  t.equal((await reading).toString(), 'abcdef')
})

t.test('too large, told or not', async (t) => {
  const { read } = reader()
  await t.rejects(read(new PassThrough(), 11), { code: 'PAYLOAD_TOO_LARGE' })
  const stream = new PassThrough()
  stream.end('x'.repeat(11))
  await t.rejects(read(stream, 0), { code: 'PAYLOAD_TOO_LARGE' })
})

t.test(
  'those that are unfinished or in use leave less room for others, until they are released',
  async (t) => {
    const { read, release } = reader()
    const unfinished = new PassThrough()
    const reading = read(unfinished, 9)
    unfinished.write('x'.repeat(8))
    const full = (): Promise<Buffer> => {
      const stream = new PassThrough()
      stream.end('y'.repeat(8))
      return read(stream, 8)
    }
    await new Promise(setImmediate)
    await t.rejects(full(), { code: 'UNAVAILABLE', retryAfterSeconds: 5 })
    unfinished.end('x')
    const body = await reading
    await t.rejects(full(), { code: 'UNAVAILABLE' })
    release(body)
    for (let n = 0; n < 5; n++) release(await full())
  },
)

t.test('one that breaks off or does not arrive in time holds nothing', async (t) => {
  const { read, release } = reader(20)
  const broken = new PassThrough()
  const reading = read(broken, 0)
  broken.write('x'.repeat(10))
  await new Promise(setImmediate)
  broken.destroy(new Error('aborted'))
  await t.rejects(reading, { message: 'aborted' })
  const slow = new PassThrough()
  slow.write('x'.repeat(10))
  await t.rejects(read(slow, 0), { code: 'UNAVAILABLE' })
  const fine = new PassThrough()
  fine.end('x'.repeat(10))
  release(await read(fine, 0))
})
