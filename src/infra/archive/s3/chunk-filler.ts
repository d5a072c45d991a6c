/** Copies a body's chunks into reusable buffers, so that large parts need no concatenation. */
import type { Hash } from 'node:crypto'

export interface ChunkFiller {
  /** Whether another byte follows. Throws the body's error. */
  more(): Promise<boolean>
  /**
   * Resolves to how many bytes were written, and hashed on the way: fewer than the buffer holds only at the end of
   * the body.
   */
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
