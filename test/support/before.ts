/** Runs once before the suite: the shared cluster is up and its template migrated, so no test file pays for it. */
import { createTestDatabase } from './database.ts'

const database = await createTestDatabase()
await database.drop()
