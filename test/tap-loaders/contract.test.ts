/** The clients that others write, and our own, in one process. */
import { together } from '../support/together.ts'

await together(['client', 'contract'])
