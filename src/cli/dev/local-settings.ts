/** Settings for `npm run dev`: those of a real deployment, as a `.env` may hold them, never meet simulated results. */

type Environment = Record<string, string | undefined>

/**
 * Settings that decide where results are stored. A loopback address proves nothing: a live database may be on this
 * machine.
 */
const whereResultsGo = [
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'DATABASE_DIRECT_URL',
  'DATABASE_DIRECT_URL_FILE',
  'ARCHIVE_BUCKET',
  'ARCHIVE_DIR',
  'ARCHIVE_PUBLIC_BASE_URL',
]

/**
 * The environment with DEV_DATABASE_URL and DEV_ARCHIVE_BUCKET in place of the real ones, below a folder of dev's own,
 * and the names of what was left out.
 */
export function localSettings(environment: Environment): { environment: Environment; leftOut: string[] } {
  const leftOut = whereResultsGo.filter((name) => environment[name])
  const local: Environment = {
    ...environment,
    // Not the folder of `npm start`: jobs made here must never reach a real FAL, nor the well-known key a real service.
    DATA_DIR: `${environment.DATA_DIR || '.data'}/dev`,
  }
  for (const name of leftOut) local[name] = ''
  local.DATABASE_URL = environment.DEV_DATABASE_URL ?? ''
  local.ARCHIVE_BUCKET = environment.DEV_ARCHIVE_BUCKET ?? ''
  if (!local.ARCHIVE_BUCKET)
    for (const name of Object.keys(local).filter((one) => one.startsWith('S3_'))) local[name] = ''
  return { environment: local, leftOut }
}
