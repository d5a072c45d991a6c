/** The port of retention: final jobs that are older than their client keeps them. */
import type { Job } from '../../domain/job.ts'

export type Aged = 'media' | 'content' | 'job'

export interface RetentionStore {
  /** Final jobs whose `what` is past its client's retention, oldest first. */
  aged(what: Aged, limit: number): Promise<Job[]>
  /** Erases prompts, inputs, results and their copies; false when there was nothing to erase. */
  eraseContent(jobId: string): Promise<boolean>
}
