/** `npm run document-config`: writes `.env.example` and the README's table from the schema; `--check` fails when they differ. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { TSchema } from '@sinclair/typebox'
import { environmentSchema } from '../../config/environment.ts'

const exampleFile = new URL('../../../.env.example', import.meta.url)
const readmeFile = new URL('../../../README.md', import.meta.url)

/** What stands between these lines of the README is written here. */
const begin = '<!-- configuration: written by `npm run document-config` -->'
const end = '<!-- end of configuration -->'

const lineWidth = 110

/** The text of `.env.example`: every variable with its meaning and default, in the order of the schema. */
export function envExample(): string {
  const blocks = variables().map(({ name, schema }) => {
    const comment = wrap(meaning(schema), lineWidth - 2).map((line) => `# ${line}`)
    return [...comment, `${name === 'FAL_KEY' ? '' : '# '}${name}=${defaultOf(schema)}`].join('\n')
  })
  return `# Copy to .env and fill in. Every variable is here; a line that is commented out shows the default.\n\n${blocks.join('\n\n')}\n`
}

/** The README with its table brought up to date. Throws when the README has no place for it. */
export function withTable(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md lacks the lines "${begin}" and "${end}"`)
  return `${readme.slice(0, from)}${begin}\n\n${table()}\n\n${readme.slice(to)}`
}

function table(): string {
  const rows = variables().map(({ name, schema }) => {
    const fallback = defaultOf(schema)
    const cells = [`\`${name}\``, fallback === '' ? '–' : `\`${fallback}\``, meaning(schema)]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| Variable | Default | Meaning |', '|---|---|---|', ...rows].join('\n')
}

function variables(): { name: string; schema: TSchema }[] {
  return Object.entries(environmentSchema.properties).map(([name, schema]) => ({ name, schema }))
}

function meaning(schema: TSchema): string {
  const choices: TSchema[] = Array.isArray(schema.anyOf) ? schema.anyOf : []
  const list = choices.map((choice) => `\`${choice.const}\``).join(', ')
  return `${schema.description ?? ''}${list === '' ? '' : ` One of ${list}.`}`
}

/** As it would be written in an environment; empty when unset by default. */
function defaultOf(schema: TSchema): string {
  if (schema.default === undefined) return ''
  return typeof schema.default === 'boolean' ? String(Number(schema.default)) : String(schema.default)
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const readme = await readFile(readmeFile, 'utf8')
  const wanted: [URL, string][] = [
    [exampleFile, envExample()],
    [readmeFile, withTable(readme)],
  ]
  for (const [file, text] of wanted) {
    if (!values.check) await writeFile(file, text)
    else if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
      process.stderr.write(`${file.pathname} is not that of the schema: run \`npm run document-config\`\n`)
      process.exitCode = 1
    }
  }
}
