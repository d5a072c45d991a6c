/** Settings for `npm run dev`: those of a real deployment, as a `.env` may hold them, never meet simulated results. */

type Environment = Record<string, string | undefined>

/**
 * The environment without a database or bucket off this machine, with dev's own DATA_DIR unless one is given, and the
 * names of what was left out.
 */
export function localSettings(environment: Environment): { environment: Environment; leftOut: string[] } {
  const leftOut = ['DATABASE_URL', 'DATABASE_URL_FILE', 'ARCHIVE_BUCKET'].filter(
    (name) =>
      environment[name] && !isHere(name === 'ARCHIVE_BUCKET' ? environment.S3_ENDPOINT : environment[name]),
  )
  // Not the folder of `npm start`: jobs made here must never reach a real FAL, nor the well-known key a real service.
  const local: Environment = { ...environment, DATA_DIR: environment.DATA_DIR || '.data/dev' }
  for (const name of leftOut) local[name] = ''
  return { environment: local, leftOut }
}

/** A file's path or an unset endpoint is no URL: nobody knows where it leads, so not here. */
const isHere = (url: string | undefined): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(URL.parse(url ?? '')?.hostname ?? '')
