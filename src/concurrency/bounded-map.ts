/** A map that never holds more than `atMost` entries: the entry that was written longest ago makes room for a new one. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #atMost: number

  constructor(atMost: number) {
    super()
    this.#atMost = atMost
  }

  override set(key: K, value: V): this {
    // Deleted first, so that the map's order is that of the writes.
    this.delete(key)
    super.set(key, value)
    if (this.size > this.#atMost) this.delete(this.keys().next().value as K)
    return this
  }
}
