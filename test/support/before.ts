/** Runs once before the suite: what killed runs left is gone, the shared cluster is up and its template migrated, so no test file pays for it. */
import { createTestDatabase } from './database.ts'
import { clearScratch } from './scratch.ts'

await clearScratch()
const database = await createTestDatabase()
await database.drop()
