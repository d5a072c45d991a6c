/** The documents as a reader walks them: the index leads to every one, and each link and path in them leads somewhere. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { root } from './source-files.ts'

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...globSync('{docs,examples}/**/*.md', { cwd: root }).sort(),
]
const textOf = (document: string): string => readFileSync(join(root, document), 'utf8')

/** Without its code blocks. */
const prose = (document: string): string => textOf(document).replace(/```[\s\S]*?```/g, '')

/** Of its headings and explicit anchors, as GitHub makes them. */
function anchors(document: string): Set<string> {
  const headings = [...prose(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
  const explicit = [...prose(document).matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name = '']) => name)
  return new Set([...headings, ...explicit])
}

/** Paths of the project that a document links to, from the root. */
function linked(document: string): string[] {
  const targets = [...prose(document).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(
    ([, target = '']) => target,
  )
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

t.test('every link to a section finds its heading', async (t) => {
  for (const document of documents) {
    for (const [, target = '', anchor = ''] of prose(document).matchAll(/\]\(([^)\s#:]*)#([^)]*)\)/g)) {
      const path = target === '' ? document : relative(root, join(root, dirname(document), target))
      if (path.endsWith('.md') && existsSync(join(root, path)) && !anchors(path).has(anchor))
        t.fail(`${document} links to ${path}#${anchor}`)
    }
  }
  t.pass('all of them do')
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

t.test('every path of the project that a document names exists', async (t) => {
  for (const document of [...documents, 'bench/notes.md']) {
    const named = textOf(document).matchAll(/`((?:src|test|bench|docs|docker|migrations)\/[a-z0-9_./-]*)`/g)
    for (const [, path = ''] of named)
      if (!existsSync(join(root, path))) t.fail(`${document} names ${path}, which does not exist`)
  }
  t.pass('all of them do')
})

t.test('the index of decisions has every record, as the record has it', async (t) => {
  const records = documents.filter((path) => /^docs\/decisions\/\d/.test(path))
  const rows = records.map((path) => {
    const text = textOf(path)
    const [, number = '', title = ''] = /^# (\d{4}) (.+)\n/.exec(text) ?? []
    const [, status = '', date = ''] = /^- Status: (.+)\n- Date: (\d{4}-\d\d-\d\d)$/m.exec(text) ?? []
    const file = path.replace('docs/decisions/', '')
    t.equal(number, file.slice(0, 4), `${path} begins with its number`)
    t.match(status, /^(accepted|superseded by \[)/, `${path} has a status, as docs/decisions/README.md shows`)
    t.strictSame(
      [...text.matchAll(/^## (.+)$/gm)].map(([, section]) => section),
      ['Context', 'Decision', 'Consequences'],
      path,
    )
    return `| [${number}](${file}) | ${title} | ${status} | ${date} |`
  })
  t.strictSame(
    textOf('docs/decisions/README.md')
      .split('\n')
      .filter((line) => line.startsWith('| [')),
    rows,
  )
})

t.test("the changelog's sections are numbered and dated, the newest is the package's version", async (t) => {
  const sections = [...textOf('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, title = '']) => title)
  for (const title of sections) t.match(title, /^\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)$/)
  const versions = ['package.json', 'package-lock.json'].map(
    (file) => (JSON.parse(textOf(file)) as { version: string }).version,
  )
  t.strictSame(new Set(versions), new Set([sections[0]?.split(' ')[0]]))
  t.match(textOf('docs/client.md'), `fal-jobs-${versions[0]}.tgz`)
})
