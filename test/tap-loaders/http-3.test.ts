/** The routes, in three processes: the third. */
import { together } from '../support/together.ts'

await together(['http'], { part: 3, of: 3 })
