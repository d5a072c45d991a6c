/** The glossary names the code as it is: each identifier in its third column occurs in the source, each term once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSources, root } from './source-files.ts'

const rows = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| **'))
  .map((line) => line.split('|').map((cell) => cell.trim()))

t.test('every identifier occurs in the source', async (t) => {
  const source = readSources('src')
    .map(({ text }) => text)
    .join('\n')
  t.ok(rows.length > 80, `${rows.length} terms`)
  for (const [, term = '', , code = ''] of rows) {
    const names = [...code.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
    if (names.length === 0 && code !== '–') t.fail(`${term} names neither code nor its absence`)
    for (const name of names)
      if (!new RegExp(`\\b${name.replaceAll('.', '\\.')}\\b`).test(source))
        t.fail(`${term}: \`${name}\` is not in src`)
  }
})

t.test('every term stands once and is explained by a sentence', async (t) => {
  const terms = rows.flatMap(([, term = '']) => term.replaceAll('**', '').split(', '))
  t.strictSame(
    terms.filter((term, index) => terms.indexOf(term) !== index),
    [],
  )
  for (const [, term = '', meaning = ''] of rows)
    if (!/^[A-Z].*[.…]$/.test(meaning)) t.fail(`${term} is not explained by a sentence`)
})
