/** `npm run openapi`: writes openapi.yaml from the routes themselves; `--check` fails when the committed file is not theirs. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { buildApp } from '../../app.ts'
import { readConfig } from '../../config/config.ts'
import { createServices } from '../../services.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { readArguments, withUsage } from '../terminal/arguments.ts'

const file = new URL('../../../openapi.yaml', import.meta.url)

const usage = `Usage: fal-jobs openapi [--json]

Prints the OpenAPI document of this version, as YAML or as JSON.
`

/** Resolves with the exit code. */
export const run = (args: string[]): Promise<number> =>
  withUsage(usage, args, async () => {
    const { json } = readArguments({ args, options: { json: { type: 'boolean', default: false } } }).values
    const document = await openApiDocument()
    process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : asYaml(document))
    return 0
  })

/** Nothing is started or connected; the same routes always give the same document. */
async function openApiDocument(): Promise<object> {
  const config = readConfig({ FAL_KEY: 'unused:unused' })
  const log = createLogger({ level: 'silent', secrets: [] })
  const unused = 'unused'.repeat(8)
  const secrets = { link: unused, quote: unused }
  const services = await createServices(config, 'postgres://127.0.0.1/unused', log, secrets)
  const app = await buildApp(services, [])
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}

const asYaml = (document: object): string =>
  stringify(document, { aliasDuplicateObjects: false, lineWidth: 110 })

/** As it is committed. */
export const openApiText = async (): Promise<string> => asYaml(await openApiDocument())

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
