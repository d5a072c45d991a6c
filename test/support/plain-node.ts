/** Node for child processes as users run it: without the test runner's hooks, and with what was compiled before (both cost a start dear). */
import { fileURLToPath } from 'node:url'

const compileCache =
  process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('../../.data/compile-cache', import.meta.url))

/** The first two arguments of `spawn` and its kin. The runner adds its hooks to whatever environment a child is given, so `env` removes them. */
export const plainNode = (args: readonly string[], command = process.execPath): [string, string[]] => [
  '/usr/bin/env',
  ['-u', 'NODE_OPTIONS', `NODE_COMPILE_CACHE=${compileCache}`, command, ...args],
]
