/** What holds for the project itself: its documents, scripts, habits and settings, in one process. */
import { together } from '../support/together.ts'

await together(['project', 'process', 'telemetry'])
