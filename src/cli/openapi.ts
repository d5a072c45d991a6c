/** `npm run openapi`: writes openapi.yaml from the routes themselves; `--check` fails when the committed file is not theirs. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { buildApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { createLogger } from '../logger.ts'
import type { Services } from '../services.ts'

const file = new URL('../../openapi.yaml', import.meta.url)

/** The document as it is committed. Needs no database and no network; the same routes always give the same text. */
export async function openApiText(): Promise<string> {
  const app = await buildApp(inertServices(), [])
  await app.ready()
  const text = stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 110 })
  await app.close()
  return text
}

/** Routes only hold on to the services while they register, so anything may stand in for them. */
function inertServices(): Services {
  const config = readConfig({ FAL_KEY: 'unused:unused' })
  const given = { config, log: createLogger({ level: 'silent', secrets: [] }) }
  const inert: unknown = new Proxy(() => undefined, {
    // Not a promise: awaiting it gives itself.
    get: (_target, name) => (name === 'then' ? undefined : inert),
    apply: () => inert,
  })
  return new Proxy(given as Services, {
    get: (target, name) => (Object.hasOwn(target, name) ? Reflect.get(target, name) : inert),
  })
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const text = await openApiText()
  if (!values.check) {
    await writeFile(file, text)
    console.log('openapi.yaml is written')
  } else if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
    process.stderr.write('openapi.yaml is not that of the routes: run `npm run openapi` and commit it\n')
    process.exitCode = 1
  }
}
