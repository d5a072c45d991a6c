/** The port of retention: final jobs that are older than their client keeps them. */
import type { Job } from '../domain/job.ts'

export type Aged = 'media' | 'content' | 'job'

export interface RetentionStore {
  /** Final jobs of which this is older than their client keeps it, oldest first. */
  aged(what: Aged, limit: number): Promise<Job[]>
  /** Empties prompts, inputs, results and what repeats them; false when there was nothing to do. */
  eraseContent(jobId: string): Promise<boolean>
}
