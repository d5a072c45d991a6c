/** The routes, in three processes: the second. */
import { together } from '../support/together.ts'

await together(['http'], { part: 2, of: 3 })
