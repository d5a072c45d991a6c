/** Writes H.264 syntax elements bit by bit and closes them into a NAL unit with its escape bytes. */

export class BitWriter {
  readonly #bytes: number[] = []
  #current = 0
  #used = 0

  bits(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) {
      this.#current = (this.#current << 1) | ((value >>> i) & 1)
      this.#used += 1
      if (this.#used === 8) this.#flush()
    }
    return this
  }

  /** Unsigned Exp-Golomb. */
  ue(value: number): this {
    const length = 32 - Math.clz32(value + 1)
    return this.bits(0, length - 1).bits(value + 1, length)
  }

  /** Signed Exp-Golomb. */
  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value)
  }

  /** Zero bits up to the next whole byte. */
  align(): this {
    return this.#used === 0 ? this : this.bits(0, 8 - this.#used)
  }

  /** The unit with its stop bit, after the given header byte; 00 00 0x gets its escape. */
  nal(header: number): Buffer {
    this.bits(1, 1).align()
    const out = [header]
    let zeros = 0
    for (const byte of this.#bytes) {
      if (zeros === 2 && byte <= 3) {
        out.push(3)
        zeros = 0
      }
      out.push(byte)
      zeros = byte === 0 ? zeros + 1 : 0
    }
    return Buffer.from(out)
  }

  #flush(): void {
    this.#bytes.push(this.#current)
    this.#current = 0
    this.#used = 0
  }
}
