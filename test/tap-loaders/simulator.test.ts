/** The simulated FAL, in one process. */
import { together } from '../support/together.ts'

await together(['simulator'])
