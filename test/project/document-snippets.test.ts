/** What a reader copies from the documents compiles: each TypeScript block, with the types of the client as it is now. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { plainNode } from '../support/plain-node.ts'
import { typescriptFiles } from './document-snippets.ts'
import { root } from './source-files.ts'

const documents = ['README.md', ...globSync('docs/{*,tasks/*}.md', { cwd: root }).sort()]
/** Its snippets import the service's own sources by a relative path. */
const others = ['docs/simulator.md']

/** What a frontend of today has; beside the client only packages that the project has itself. */
const settings = JSON.stringify({
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
    jsx: 'react-jsx',
    noUnusedLocals: false,
    moduleResolution: 'bundler',
    module: 'esnext',
    paths: { 'fal-jobs/client': [join(root, 'src/client/client.ts')], '@/*': ['./*'] },
  },
  include: ['.'],
})

t.test('every TypeScript block of the documents compiles', async (t) => {
  const folder = t.testdir()
  let count = 0
  for (const document of documents) {
    if (others.includes(document)) continue
    for (const [path, code] of typescriptFiles(document)) {
      const file = join(folder, document.replace(/\.md$/, ''), path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, code)
      writeFileSync(join(folder, document.replace(/\.md$/, ''), 'tsconfig.json'), settings)
      count += 1
    }
  }
  t.ok(count > 5, `${count} files`)
  const compiler = join(root, 'node_modules/typescript/lib/tsc.js')
  for (const project of globSync('**/tsconfig.json', { cwd: folder })) {
    const args = [compiler, '-p', join(folder, project)]
    const { status, stdout } = spawnSync(...plainNode(args), { cwd: root, encoding: 'utf8' })
    t.equal(status, 0, `${dirname(project)}.md\n${stdout}`)
  }
})
