/** The keys of advisory locks, which all code on the database shares: each is used for one thing. */

export const advisoryLocks = {
  /** With the hash of a request id: the submit that learns it, and a delivery that found no job for it. */
  request: 7411,
  /** The admission of waiting jobs to slots at FAL. */
  admission: 7412,
  /** With the hash of a key's id: creates under a key that has a limit of jobs in flight. */
  jobsInFlight: 7413,
  /** The summing of hours for reports of usage. */
  usage: 7414,
} as const
