/** `npm run openapi`: writes openapi.yaml from the routes themselves; `--check` fails when the committed file is not theirs. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { buildApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { createLogger } from '../logger.ts'
import { createServices } from '../services.ts'

const file = new URL('../../openapi.yaml', import.meta.url)

/** The document as it is committed. Nothing is started or connected; the same routes always give the same text. */
export async function openApiText(): Promise<string> {
  const config = readConfig({ FAL_KEY: 'unused:unused' })
  const log = createLogger({ level: 'silent', secrets: [] })
  const unused = 'unused'.repeat(8)
  const secrets = { link: unused, quote: unused }
  const services = await createServices(config, 'postgres://127.0.0.1/unused', log, secrets)
  const app = await buildApp(services, [])
  await app.ready()
  const text = stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 110 })
  await app.close()
  return text
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
