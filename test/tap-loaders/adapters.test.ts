/** FAL, the outside world, the archive and the doctor's look at it, in one process. */
import { together } from '../support/together.ts'

await together(['infra/archive', 'infra/fal', 'infra/outbound', 'doctor'])
