/** Runs all tasks to completion, then throws the collected errors, so that one failure does not stop the others. */
export async function settleAll(duties: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(duties)
  const [reason, ...others] = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  )
  if (others.length > 0) throw new AggregateError([reason, ...others], 'several tasks failed')
  if (reason !== undefined) throw reason
}
