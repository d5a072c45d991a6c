/** What a process has learned from its bucket's answers, so that each deviation costs one request. */

export interface BucketKnowledge {
  /** false once the store refused a batch of which single deletes succeeded. */
  takesBatches: boolean
  /** true once the store returned a version id: a plain delete then only hides the object. */
  keepsVersions: boolean
  /** true once the store accepted with a digest what it had refused without, as buckets with Object Lock do. */
  wantsDigest: boolean
  /** false once the store refused a list of parts for the checksums in it, as Swift does. */
  knowsPartChecksums: boolean
}

export const nothingKnown = (): BucketKnowledge => ({
  takesBatches: true,
  keepsVersions: false,
  wantsDigest: false,
  knowsPartChecksums: true,
})
