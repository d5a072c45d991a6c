/** A pool of buffers for small files: allocating each would cost a tenth of a copy in garbage collection. */

export interface SpareBuffers {
  /** A buffer of this many bytes with undefined content. */
  take(bytes: number): Buffer
  /** Returns a buffer that is no longer read. */
  giveBack(buffer: Buffer): void
}

/** Few sizes, so that returned buffers fit later files. */
const smallest = 128 * 1024

/** Retains at most `most` of them. */
export function createSpareBuffers(most: number): SpareBuffers {
  const spare: ArrayBufferLike[] = []
  return {
    take(bytes) {
      const at = spare.findIndex(({ byteLength }) => byteLength >= bytes)
      const [found] = at === -1 ? [] : spare.splice(at, 1)
      return Buffer.from(found ?? Buffer.allocUnsafeSlow(roomFor(bytes)).buffer, 0, bytes)
    },
    giveBack({ buffer }) {
      if (spare.length >= most) return
      spare.push(buffer)
      spare.sort((one, other) => one.byteLength - other.byteLength)
    },
  }
}

function roomFor(bytes: number): number {
  let room = smallest
  while (room < bytes) room *= 2
  return room
}
