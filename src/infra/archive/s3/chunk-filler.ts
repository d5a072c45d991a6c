/** Copies a body's chunks into buffers of the reader's choice, so that large pieces need no joining and can be used again. */
import type { Hash } from 'node:crypto'

export interface ChunkFiller {
  /** Whether there is another byte. Throws what the body throws. */
  more(): Promise<boolean>
  /** Resolves to how many bytes were written, and hashed on the way: less than the buffer holds only when the body has ended. */
  fill(buffer: Buffer, hash?: Hash): Promise<number>
}

export function createChunkFiller(chunks: AsyncIterator<Buffer>): ChunkFiller {
  let rest: Buffer = Buffer.alloc(0)

  async function more(): Promise<boolean> {
    while (rest.length === 0) {
      const next = await chunks.next()
      if (next.done === true) return false
      rest = next.value
    }
    return true
  }

  return {
    more,
    async fill(buffer, hash) {
      let filled = 0
      while (filled < buffer.length && (rest.length > 0 || (await more()))) {
        const taken = rest.copy(buffer, filled)
        hash?.update(rest.subarray(0, taken))
        rest = rest.subarray(taken)
        filled += taken
      }
      return filled
    },
  }
}
