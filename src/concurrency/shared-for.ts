/** Shares one answer among all who ask within a time, so that asking often costs no more than asking once. */

/** `make` runs at most once in `ms`, counted from its beginning, and never twice at once; a failure is shared as well. */
export function sharedFor<T>(ms: number, make: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T>; isPending: boolean } | null = null
  return () => {
    if (last !== null && (last.isPending || performance.now() - last.at < ms)) return last.answer
    const made = { at: performance.now(), answer: make(), isPending: true }
    last = made
    const end = (): void => {
      made.isPending = false
    }
    made.answer.then(end, end)
    return made.answer
  }
}
