/** The secrets that all replicas share: the first process that needs one makes it, and every later start finds it. */
import { openDatabase } from '../infra/postgres/connection/database.ts'
import { sharedSecret } from '../infra/postgres/connection/shared-secret.ts'
import { settingNames } from '../infra/postgres/rows/setting-names.ts'
import type { Logger } from '../ports/logger.ts'

/** Made by the first process that needs them, the same in every replica and after every restart. */
export interface SharedSecrets {
  link: string
  quote: string
}

/** What must be known before anything is wired; the database must be migrated. */
export async function readSharedSecrets(databaseUrl: string, log: Logger): Promise<SharedSecrets> {
  const { db, close } = openDatabase({ url: databaseUrl, size: 1, log })
  try {
    return {
      link: await sharedSecret(db, settingNames.linkSecret),
      quote: await sharedSecret(db, settingNames.quoteSecret),
    }
  } finally {
    await close()
  }
}
