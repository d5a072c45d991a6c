/** The whole way of a job, in two processes: the first. */
import { together } from '../support/together.ts'

await together(['flow'], { part: 1, of: 2 })
