/** What the database keeps and the engine on it, in one process. */
import { together } from '../support/together.ts'

await together(['infra/postgres', 'worker'])
