/** Buffers for small files, used over and over: a new one for each would be collected at a tenth of a copy's cost. */

export interface SpareBuffers {
  /** So many bytes of whatever was there before. */
  take(bytes: number): Buffer
  /** Only what nobody reads any more. */
  giveBack(buffer: Buffer): void
}

/** A few sizes, so that one given back fits the next. */
const smallest = 128 * 1024

/** Keeps at most `most` of them. */
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
