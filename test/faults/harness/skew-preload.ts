/** Loaded before the service in the clock tests, and nowhere else: the clock of its machine is off by CLOCK_OFF_MS. */

const offMs = Number(process.env.CLOCK_OFF_MS ?? 0)
const RealDate = Date

class WrongDate extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(WrongDate.now())
    else super(...(given as [number]))
  }

  static override now(): number {
    return RealDate.now() + offMs
  }

  /** Dates that Node itself makes are dates as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(RealDate, value)
  }
}

Object.defineProperty(globalThis, 'Date', { value: WrongDate, writable: true, configurable: true })
