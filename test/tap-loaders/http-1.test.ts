/** The routes, in three processes: the first. */
import { together } from '../support/together.ts'

await together(['http'], { part: 1, of: 3 })
