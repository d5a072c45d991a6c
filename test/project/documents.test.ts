/** The documents as a reader walks them: the index leads to every one, and no link leads nowhere. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { root } from './source-files.ts'

const documents = ['README.md', 'CHANGELOG.md', ...globSync('{docs,examples}/**/*.md', { cwd: root }).sort()]

/** Paths of the project that a document links to, from the root. */
function linked(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8').replace(/```[\s\S]*?```/g, '')
  const targets = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => relative(root, join(root, dirname(document), target)))
}

t.test('no link of a document leads nowhere', async (t) => {
  const existing = new Set(
    globSync(['**/*', '.env.example'], { cwd: root, exclude: ['node_modules', '.data'] }),
  )
  for (const document of documents) {
    for (const target of linked(document)) {
      if (target !== '' && !existing.has(target.replace(/\/$/, ''))) t.fail(`${document} links to ${target}`)
    }
  }
  t.pass('all of them lead somewhere')
})

t.test('every document can be reached from the index', async (t) => {
  const reached = new Set(['docs/README.md'])
  for (const document of reached) {
    for (const target of linked(document)) if (documents.includes(target)) reached.add(target)
  }
  t.strictSame(
    documents.filter((path) => path.startsWith('docs/') && !reached.has(path)),
    [],
  )
})
