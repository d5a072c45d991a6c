/** The whole way of a job, in two processes: the second. */
import { together } from '../support/together.ts'

await together(['flow'], { part: 2, of: 2 })
