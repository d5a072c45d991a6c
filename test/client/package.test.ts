/** The client as its users get it: built JavaScript with types, from nothing but web standards. */
import { execFile, spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { clientPackage } from '../../src/cli/project/client-package.ts'
import { clientTypesText } from '../../src/cli/project/client-types.ts'
import { readSources, root } from '../project/source-files.ts'
import { plainNode } from '../support/plain-node.ts'
import { startBench, testKey } from '../support/service.ts'

/** Builds it below the project, so that its packages are found. */
function build(t: Test): string {
  const folder = t.testdir()
  const compiler = join(root, 'node_modules/typescript/lib/tsc.js')
  const tsc = spawnSync(...plainNode([compiler, '-p', 'tsconfig.client.json', '--outDir', folder]), {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(tsc.status, 0, tsc.stdout)
  return folder
}

t.test('the types are those of openapi.yaml', async (t) => {
  const committed = readFileSync(join(root, 'src/client/data/api-types.ts'), 'utf8')
  t.ok((await clientTypesText()) === committed, 'else run `npm run client-types` and commit the file')
})

t.test('the client stands alone: its own files and two small packages', async (t) => {
  const sources = readSources('src/client')
  const whole = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { dependencies } = clientPackage(whole)
  const packages = sources.flatMap(({ text }) =>
    [...text.matchAll(/\bfrom '([^'.][^']*)'/g)].map(([, name]) => name),
  )
  t.strictSame([...new Set(packages)].sort(), ['eventsource-parser', 'openapi-fetch'])
  t.strictSame(Object.keys(dependencies), ['eventsource-parser', 'openapi-fetch'])
  t.notOk(Object.values(dependencies).includes(undefined), 'with the versions of the whole package')
  const outside = sources.flatMap(({ imports }) => imports.filter((path) => !path.startsWith('src/client/')))
  t.strictSame(outside, [])
  for (const { path, text } of sources) t.notMatch(text, /\b(process|Buffer|require|__dirname)\b[.(]/, path)
})

t.test('the built client runs where there is no Node: create, watch and wait', async (t) => {
  const folder = build(t)
  const bench = await startBench(t)
  const script = join(folder, 'page.js')
  writeFileSync(script, page)
  // The test runner's hooks would need what the page takes away.
  const { stdout } = await promisify(execFile)(...plainNode([script, bench.service.url, testKey]))
  t.match(JSON.parse(stdout), { status: 'completed', archive: 'archived', last: 'archive.archived' })
})

t.test('the package names the built client and what builds it', async (t) => {
  const folder = build(t)
  const { exports, scripts, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const built = globSync('**/*.{js,d.ts}', { cwd: folder })
  for (const path of Object.values<string>(exports['./client'])) {
    t.ok(built.includes(path.replace('./dist/client/', '')), path)
  }
  t.equal(scripts.prepack, 'npm run build:client')
  t.ok(files.includes('dist/client'))
})

/** Takes away what browsers do not have before the client is loaded; Node's own fetch needs the rest. */
const page = `
const { argv, stdout } = process
// Loaded on first use, with what Node has; afterwards nothing else may ask for it.
await fetch('data:,')
const [, , baseUrl, apiKey] = argv
for (const name of ['process', 'global', 'require', 'module']) {
  Reflect.deleteProperty(globalThis, name)
}
const { createClient } = await import('./client.js')
const client = createClient({ baseUrl, apiKey })
const { id } = await client.create({ model: 'flux-schnell', prompt: 'in a page' })
let last = ''
for await (const event of client.watch(id)) last = event.type
const job = await client.waitFor(id)
stdout.write(JSON.stringify({ status: job.status, archive: job.archive.status, last }))
`
