/** The rooms without input and output, in one process: rules, models, use cases, concurrency. */
import { together } from '../support/together.ts'

await together(['domain', 'jobs', 'models', 'concurrency', 'ports'])
