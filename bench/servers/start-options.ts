/** What `npm start` tells Node, so that the service is measured as users run it. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  scripts: { start: string }
}

export const startEnvironment: Record<string, string> = {
  NODE_OPTIONS: [...scripts.start.matchAll(/--max-[\w-]+=\d+/g)].join(' '),
  // Of its own, so that what a user has compiled with other options is left alone.
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.data/bench-compile-cache', import.meta.url)),
}
