/** Bodies of strangers: whole when there is room, refused when there is none, and the room is free again afterwards. */
import { PassThrough } from 'node:stream'
import t from 'tap'
import { createBodyReader } from '../../../src/http/requests/body-reader.ts'

const reader = (withinMs = 10_000) =>
  createBodyReader({ mostBytes: 10, mostBytesInAll: 15, smallBytes: 10, withinMs })

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

t.test('large bodies leave room for small ones, and strangers leave room for known senders', async (t) => {
  const { read, release } = createBodyReader({
    mostBytes: 32,
    mostBytesInAll: 128,
    smallBytes: 1,
    withinMs: 10_000,
  })
  const fal = { share: null, isKnown: true }
  const from = (share: string) => ({ share, isKnown: false })
  const stalled: PassThrough[] = []
  const stall = async (bytes: number, sender: { share: string | null; isKnown: boolean }) => {
    const stream = new PassThrough()
    stalled.push(stream)
    let refused = false
    read(stream, bytes + 1, sender).catch(() => {
      refused = true
    })
    stream.write('x'.repeat(bytes))
    await new Promise(setImmediate)
    return refused ? 'refused' : 'held'
  }
  const whole = (bytes: number, sender: { share: string | null; isKnown: boolean }) => {
    const stream = new PassThrough()
    stream.end('y'.repeat(bytes))
    return read(stream, bytes, sender)
  }
  t.equal(await stall(31, from('a')), 'held')
  t.equal(await stall(31, from('a')), 'refused', 'a share has 48 of the 96')
  t.equal(await stall(31, from('b')), 'refused', 'and so have all strangers together')
  t.equal(await stall(15, from('b')), 'held')
  release(await whole(32, fal))
  t.equal(await stall(31, fal), 'held')
  await t.rejects(whole(32, fal), { code: 'UNAVAILABLE' }, 'the room of large bodies is full')
  for (let n = 0; n < 50; n++) release(await whole(1, from('c')))
  for (const stream of stalled) stream.destroy(new Error('gone'))
  await new Promise(setImmediate)
  release(await whole(32, from('a')))
})

t.test('a body that grows without saying so uses the room of large ones from then on', async (t) => {
  const { read } = createBodyReader({ mostBytes: 32, mostBytesInAll: 32, smallBytes: 4, withinMs: 10_000 })
  const stream = new PassThrough()
  const reading = read(stream, 0, { share: 'a', isKnown: false })
  stream.write('x'.repeat(4))
  await new Promise(setImmediate)
  stream.write('x'.repeat(10))
  await t.rejects(reading, { code: 'UNAVAILABLE' }, 'a stranger has 12 of the 32')
})
