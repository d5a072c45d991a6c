/** For duties of which one failing must not hold up the others: all are seen to their end, then the failures are thrown. */
export async function settleAll(duties: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(duties)
  const [reason, ...others] = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  )
  if (others.length > 0) throw new AggregateError([reason, ...others], 'several duties failed')
  if (reason !== undefined) throw reason
}
