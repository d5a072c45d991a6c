/** `npm run client-types`: writes the client's types from openapi.yaml; `--check` fails when the committed file is not theirs. */
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const documentUrl = new URL('../../../openapi.yaml', import.meta.url)
const typesUrl = new URL('../../client/data/api-types.ts', import.meta.url)

const opening = `/** The types of the HTTP interface, made from openapi.yaml by \`npm run client-types\`: change the routes, not this file. */
`

/** The text of the types file as it is committed; the same document always gives the same text. */
export async function clientTypesText(): Promise<string> {
  bridgeTypescript()
  const { default: openapiTS, astToString } = await import('openapi-typescript')
  const ast = await openapiTS(documentUrl, { alphabetize: true, defaultNonNullable: false })
  return formatted(opening + astToString(ast))
}

/**
 * openapi-typescript prints with the compiler API of TypeScript up to 6, which the compiler of this project no longer has.
 * The one that @ts-morph/common carries stands in for it.
 */
function bridgeTypescript(): void {
  const bridge = 'bridge:typescript'
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'typescript' ? { url: bridge, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === bridge ? { format: 'module', source: bridgeSource, shortCircuit: true } : next(url, context),
  })
}

const bridgeSource = `import common from ${JSON.stringify(import.meta.resolve('@ts-morph/common'))}\nexport default common.ts`

function formatted(text: string): string {
  const biome = fileURLToPath(new URL('../../../node_modules/.bin/biome', import.meta.url))
  const run = spawnSync(biome, ['format', '--stdin-file-path=src/client/data/api-types.ts'], {
    input: text,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  })
  if (run.status !== 0) throw new Error(`biome could not format the types: ${run.stderr}`)
  return run.stdout
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const text = await clientTypesText()
  if (!values.check) {
    await writeFile(typesUrl, text)
    console.log('src/client/data/api-types.ts is written')
  } else if (text !== (await readFile(typesUrl, 'utf8').catch(() => ''))) {
    process.stderr.write('src/client/data/api-types.ts is stale: run `npm run client-types` and commit it\n')
    process.exitCode = 1
  }
}
