/** FAL, the outside world and the archive, in one process. */
import { together } from '../support/together.ts'

await together(['infra/archive', 'infra/fal', 'infra/outbound'])
